import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMA } from '../../src/app/schema';
import { type Finding } from '../../src/doctor/check';
import { runDoctor } from '../../src/doctor/run-doctor';
import { TEMPLATE_KO } from '../support/fake-alimtalk';
import { FakeSens, SENS_ACCESS } from '../support/fake-sens';
import { FakeSolapi, SOLAPI_ACCESS } from '../support/fake-solapi';

let sens: FakeSens;
let solapi: FakeSolapi;
let directory: string;

beforeEach(async () => {
  sens = await FakeSens.start();
  solapi = await FakeSolapi.start();
  directory = mkdtempSync(join(tmpdir(), 'injeung-'));
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await Promise.all([sens.close(), solapi.close()]);
});

/** What the doctor says, as `STATUS message` by check. */
async function examine(change: Record<string, string> = {}): Promise<(check: string) => string[]> {
  const variables = {
    DATABASE_URL: `sqlite:${join(directory, 'new.sqlite')}`,
    EMAIL_PROVIDER: 'none',
    ...sens.alimtalkEnvironment,
    ...solapi.environment,
    SMS_PROVIDER: 'sens-alimtalk,sens,solapi',
    ...change,
  };
  const { findings } = await runDoctor(variables, SCHEMA);
  for (const secret of [SENS_ACCESS.secretKey, SOLAPI_ACCESS.apiSecret])
    expect(JSON.stringify(findings)).not.toContain(secret);
  for (const { status, advice } of findings) expect(advice === null).toBe(status === 'OK');
  const shown = ({ status, message }: Finding) => `${status} ${message}`;
  return (check) => findings.filter((finding) => finding.check === check).map(shown);
}

it('the doctor accepts Alimtalk, SENS and SOLAPI that are set up, and sends nothing', async () => {
  const said = await examine();
  expect(said('sens-alimtalk')).toEqual([
    'OK SENS accepts the keys and knows the channel @injeung',
    `OK the template ${TEMPLATE_KO} (ko) can be used`,
  ]);
  expect(said('solapi')).toEqual([
    'OK SOLAPI accepts the keys, and the balance is 50000 won',
    'OK the sender number 0212345678 is registered at SOLAPI',
  ]);
  expect(said('clock').every((line) => line.startsWith('OK'))).toBe(true);
  expect([...sens.calls, ...solapi.calls].filter(({ method }) => method !== 'GET')).toEqual([]);
});

it('the doctor reports a template that cannot be used, with the reason', async () => {
  sens.alimtalk.approve(TEMPLATE_KO, '#{인증번호}', { templateInspectionStatus: 'REQUEST' });
  const said = await examine({ SENS_ALIMTALK_TEMPLATE_EN: 'MISSING' });
  expect(said('sens-alimtalk').slice(1)).toEqual([
    `FAIL the template ${TEMPLATE_KO} (ko) is not approved: its inspection is REQUEST, not COMPLETE`,
    'FAIL the template MISSING (en) does not exist at SENS for this channel',
  ]);
});

it('the doctor warns when a template shows the brand and BRAND_NAME is not set', async () => {
  const said = await examine({ BRAND_NAME: '' });
  expect(said('sens-alimtalk')[1]).toMatch(/^WARN .*shows the name of the service, which is not set/);
});

it.each([
  [{ SENS_ALIMTALK_CHANNEL: '@other' }, 'sens-alimtalk', /^FAIL SENS does not know the channel @other/],
  [{ SENS_ALIMTALK_SERVICE_ID: 'ncp:kkobizmsg:kr:1:x' }, 'sens-alimtalk', /^FAIL .*SENS_ALIMTALK_SERVICE_ID/],
  [{ SENS_SECRET_KEY: 'SERVICEKEY' }, 'sens-alimtalk', /^FAIL .*account's authentication key/],
  [{ SENS_ENDPOINT: 'http://127.0.0.1:1' }, 'sens-alimtalk', /^FAIL SENS did not answer \(ECONNREFUSED\)/],
  [{ SOLAPI_API_KEY: 'ANOTHER' }, 'solapi', /^FAIL SOLAPI does not know the API key \(SOLAPI_API_KEY\)/],
  [{ SOLAPI_API_SECRET: 'ANOTHER' }, 'solapi', /^FAIL .*SOLAPI_API_SECRET does not belong/],
  [{ SOLAPI_ENDPOINT: 'http://127.0.0.1:1' }, 'solapi', /^FAIL SOLAPI did not answer \(ECONNREFUSED\)/],
])('the doctor reports once why a provider cannot send: %j', async (change, provider, message) => {
  const said = await examine(change);
  expect(said(provider).filter((line) => line.startsWith('FAIL'))).toEqual([expect.stringMatching(message)]);
});

it.each([
  [
    { SOLAPI_FROM: '0299999999' },
    /^FAIL the sender number 0299999999 \(SOLAPI_FROM\) is not an active sender/,
  ],
])('the doctor names the sender that is not registered: %j', async (change, message) => {
  expect((await examine(change))('solapi')[1]).toMatch(message);
});

it('the doctor names a balance that is used up', async () => {
  solapi.balance = { balance: 0, point: 0 };
  expect((await examine())('solapi')[0]).toBe('FAIL SOLAPI accepts the keys, and the balance is 0 won');
});

it('the doctor warns when nothing follows Alimtalk', async () => {
  const said = await examine({ SMS_PROVIDER: 'sens-alimtalk' });
  expect(said('settings')).toContainEqual(expect.stringMatching(/^WARN no provider follows sens-alimtalk/));
});

it('the doctor compares the clock with that of each provider', async () => {
  await Promise.all([sens.close(), solapi.close()]);
  sens = await FakeSens.start(() => Date.now() + 3_600_000);
  solapi = await FakeSolapi.start(() => Date.now() - 3_600_000);
  const said = (await examine())('clock').join('\n');
  expect(said).toMatch(/FAIL .* behind the clock of sens-alimtalk/);
  expect(said).toMatch(/FAIL .* ahead of the clock of solapi/);
});
