import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCHEMA } from '../../src/app/schema';
import { type Finding } from '../../src/doctor/check';
import { runDoctor } from '../../src/doctor/run-doctor';
import { TEMPLATE_KO } from '../support/fake-alimtalk';
import { FakeGateway } from '../support/fake-gateway';
import { FakeSens, SENS_ACCESS } from '../support/fake-sens';
import { FakeSolapi, SOLAPI_ACCESS } from '../support/fake-solapi';

let sens: FakeSens;
let solapi: FakeSolapi;
let gateway: FakeGateway;
let directory: string;

beforeEach(async () => {
  sens = await FakeSens.start();
  solapi = await FakeSolapi.start();
  gateway = await FakeGateway.start();
  directory = mkdtempSync(join(tmpdir(), 'injeung-'));
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await Promise.all([sens.close(), solapi.close(), gateway.close()]);
});

/** The settings of all four providers. */
const environmentOfAll = () => ({
  ...environment(),
  ...gateway.environment,
  SMS_PROVIDER: 'sens-alimtalk,sens,solapi,http',
});
function environment(): Record<string, string> {
  return {
    DATABASE_URL: `sqlite:${join(directory, 'new.sqlite')}`,
    EMAIL_PROVIDER: 'none',
    ...sens.alimtalkEnvironment,
    ...solapi.environment,
    SMS_PROVIDER: 'sens-alimtalk,sens,solapi',
  };
}

/** What the doctor says, as `STATUS message` by check. */
async function examine(change: Record<string, string> = {}): Promise<(check: string) => string[]> {
  const { findings } = await runDoctor({ ...environment(), ...change }, SCHEMA);
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

/** The report on providers as the command prints it, without its columns. */
async function report(change: Record<string, string> = {}): Promise<string[]> {
  const variables = { ...environmentOfAll(), ...change };
  const { findings } = await runDoctor(variables, SCHEMA);
  return findings
    .filter(({ check }) => !['settings', 'templates', 'database'].includes(check))
    .map(({ check, status, message, advice }) => [status, check, message, advice && `-> ${advice}`])
    .map((parts) => parts.filter(Boolean).join(' '));
}

it('the doctor reports on four providers in one line for each fact', async () => {
  expect(await report()).toEqual([
    "OK clock this machine's clock agrees with the clock of sens-alimtalk, sens, solapi and http",
    'OK sens-alimtalk SENS accepts the keys and knows the channel @injeung',
    'OK sens-alimtalk the template VERIFYKO1 (ko) can be used',
    'OK sens SENS accepts the keys. Only a sent message shows whether the sender number 0212345678 is registered',
    'OK solapi SOLAPI accepts the keys, and the balance is 50000 won',
    'OK solapi the sender number 0212345678 is registered at SOLAPI',
    'OK http the gateway answers ping and accepts the signature',
  ]);
});

it('the doctor reports one fault of each of four providers with what to do', async () => {
  sens.alimtalk.approve(TEMPLATE_KO, '#{code}', { templateInspectionStatus: 'REQUEST' });
  solapi.balance = { balance: 0, point: 0 };
  gateway.pingStatus = 401;
  const found = await report({ SENS_SERVICE_ID: 'ncp:sms:kr:1:x' });
  expect(found.filter((line) => line.startsWith('FAIL'))).toEqual([
    'FAIL sens-alimtalk the template VERIFYKO1 (ko) is not approved: its inspection is REQUEST, not COMPLETE -> wait for the inspection, correct the template in the console and have it inspected again, or name another one in SENS_ALIMTALK_TEMPLATE_KO',
    'FAIL sens SENS does not know the service id in SENS_SERVICE_ID (300) -> check SENS_SERVICE_ID, SENS_ACCESS_KEY and SENS_SECRET_KEY',
    'FAIL solapi SOLAPI accepts the keys, and the balance is 0 won -> charge the account, or switch on automatic charging',
    'FAIL http the gateway refuses the signature (401) -> set HTTP_PROVIDER_SECRET and the secret of the gateway to the same value',
  ]);
});

it('the doctor gives advice about the connection when no provider answers', async () => {
  const away = 'http://127.0.0.1:1';
  expect(await report({ SENS_ENDPOINT: away, SOLAPI_ENDPOINT: away, HTTP_PROVIDER_URL: away })).toEqual([
    'FAIL sens-alimtalk SENS did not answer (ECONNREFUSED) -> check SENS_ENDPOINT, and whether this machine can reach it',
    'FAIL sens SENS did not answer (ECONNREFUSED) -> check SENS_ENDPOINT, and whether this machine can reach it',
    'FAIL solapi SOLAPI did not answer (ECONNREFUSED) -> check SOLAPI_ENDPOINT, and whether this machine can reach it',
    'FAIL http the gateway did not answer (ECONNREFUSED) -> check HTTP_PROVIDER_URL, and whether the gateway runs',
  ]);
});

it('the doctor advises to wait while providers are out of order', async () => {
  for (const provider of [sens, solapi]) provider.answerReads(() => ({ status: 503 }));
  gateway.pingStatus = 503;
  expect((await report()).slice(1)).toEqual([
    'FAIL sens-alimtalk SENS cannot accept calls now (503) -> run this command again later',
    'FAIL sens SENS cannot accept calls now (503) -> run this command again later',
    'FAIL solapi SOLAPI cannot accept calls now (503) -> run this command again later',
    'FAIL http the gateway cannot process calls now (503) -> read the log of the gateway',
  ]);
});

it.each([
  [
    { SMS_CODE_TTL_SECONDS: '50' },
    'sens-alimtalk sends nothing, because codes are valid for less than a minute',
  ],
  [
    { SMS_CODE_TTL_SECONDS: '90', ALIMTALK_WAIT_SECONDS: '80' },
    'little or no time is left for the next provider when sens-alimtalk has no result in time',
  ],
])('the doctor warns when the times of Alimtalk do not fit: %j', async (change, message) => {
  expect((await examine(change))('settings')).toContainEqual(expect.stringContaining(`WARN ${message}`));
});

it('the doctor compares the clock with that of each provider', async () => {
  await Promise.all([sens.close(), solapi.close()]);
  sens = await FakeSens.start(() => Date.now() + 3_600_000);
  solapi = await FakeSolapi.start(() => Date.now() - 3_600_000);
  const said = (await examine())('clock').join('\n');
  expect(said).toMatch(/FAIL .* behind the clock of sens-alimtalk/);
  expect(said).toMatch(/FAIL .* ahead of the clock of solapi/);
});
