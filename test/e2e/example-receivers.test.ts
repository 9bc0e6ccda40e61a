import { Webhook } from 'standardwebhooks';
import { SCHEMA } from '../../src/app/schema';
import { runDoctor } from '../../src/doctor/run-doctor';
import { DIALECTS } from '../support/databases';
import { ExampleProcess } from '../support/example-process';
import { EVENTS_SECRET } from '../support/fake-receiver';
import { HAS_PYTHON } from '../support/python';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const OTHER_SECRET = `whsec_${Buffer.from('the secret that the receiver will have').toString('base64')}`;
// test/support/find-programs.ts reports which suites are skipped.
const PROGRAMS = [[process.execPath, 'receiver.mjs'], ...(HAS_PYTHON ? [['python3', 'receiver.py']] : [])];

function startReceiver(runtime: string, program: string, secrets = EVENTS_SECRET): Promise<ExampleProcess> {
  return ExampleProcess.start(program, { EVENTS_SECRET: secrets }, runtime);
}

/** The printed events. The first line is the URL. */
function printedBy({ output }: ExampleProcess): string[] {
  return output.split('\n').slice(1, -1);
}

describe.each(PROGRAMS)('%s %s', (runtime, program) => {
  let receiver: ExampleProcess;
  afterEach(() => receiver.stop());

  it.each(DIALECTS)('prints each event of a verification once, on %s', async (dialect) => {
    receiver = await startReceiver(runtime, program);
    const env = { EVENTS_URL: `${receiver.url}/events?tenant=a`, EVENTS_SECRET };
    const app = await TestApp.start(dialect, env, { eventPollMs: 20 });
    const { id } = (await app.requestEmail('user@example.com')).data.requestEmailCode;
    await app.verify(id, await app.codeFor('user@example.com'));
    await until(() => (printedBy(receiver).length === 3 ? true : null));
    expect(printedBy(receiver).sort()).toEqual([
      `delivery.delivered ${id} DELIVERED u***@example.com`,
      `delivery.sent ${id} SENT u***@example.com`,
      `verification.verified ${id} VERIFIED u***@example.com`,
    ]);
    await until(async () => {
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      return metrics.includes('injeung_events_waiting 0\n') || null;
    });
    await app.close();
  });

  it('refuses events that are signed with another secret, and they are sent again', async () => {
    receiver = await startReceiver(runtime, program, OTHER_SECRET);
    const env = { EVENTS_URL: receiver.url, EVENTS_SECRET };
    const app = await TestApp.start('sqlite', env, { eventPollMs: 20 });
    await app.requestEmail('user@example.com');
    await until(() => app.log.find((line) => line.includes('"error":"status 401"')) ?? null);
    expect(printedBy(receiver)).toEqual([]);
    await app.close();
  });

  it('accepts both secrets while one replaces the other, on either side', async () => {
    receiver = await startReceiver(runtime, program, `${OTHER_SECRET}, ${EVENTS_SECRET}`);
    const { findings } = await runDoctor(
      { DATABASE_URL: 'sqlite:/nowhere/none.sqlite', EVENTS_URL: receiver.url, EVENTS_SECRET },
      SCHEMA,
    );
    expect(findings.filter(({ check }) => check === 'events').map(({ status }) => status)).toEqual(['OK']);
    const post = poster(receiver.url);
    const now = new Date();
    const [one, other, neither] = [EVENTS_SECRET, OTHER_SECRET, `whsec_${'A'.repeat(32)}`].map((secret) =>
      new Webhook(secret).sign('id', now, BODY),
    );
    expect(await post({ 'webhook-signature': `${neither} ${one}` }, now)).toBe(204);
    expect(await post({ 'webhook-signature': `${other} ${neither}` }, now)).toBe(204);
    expect(await post({ 'webhook-signature': `${neither} v2,${one!.slice(3)}` }, now)).toBe(401);
  });

  it('refuses a wrong signature, id or time, and a repeated id is accepted but not printed again', async () => {
    receiver = await startReceiver(runtime, program);
    const post = poster(receiver.url);
    expect(await post({ 'webhook-signature': 'v1,no' })).toBe(401);
    expect(await post({ 'webhook-id': 'other' })).toBe(401);
    expect(await post({}, new Date(Date.now() - 310_000))).toBe(401);
    expect(await post({}, new Date(Date.now() + 310_000))).toBe(401);
    expect((await fetch(receiver.url, { method: 'POST' })).status).toBe(401);
    for (const id of ['id', 'id', 'last']) {
      const now = new Date();
      const signature = new Webhook(EVENTS_SECRET).sign(id, now, BODY);
      expect(await post({ 'webhook-id': id, 'webhook-signature': signature }, now)).toBe(204);
    }
    await until(() => (printedBy(receiver).length >= 2 ? true : null));
    expect(printedBy(receiver)).toEqual(Array(2).fill('verification.verified one VERIFIED'));
  });
});

const BODY = JSON.stringify({
  type: 'verification.verified',
  timestamp: new Date().toISOString(),
  data: { verificationId: 'one', status: 'VERIFIED' },
});

/** Posts a signed event with the id `id`, with changed headers. Returns the status of the answer. */
function poster(url: string) {
  return async (change: Record<string, string> = {}, at = new Date()): Promise<number> => {
    const headers = {
      'webhook-id': 'id',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(EVENTS_SECRET).sign('id', at, BODY),
      ...change,
    };
    return (await fetch(url, { method: 'POST', headers, body: BODY })).status;
  };
}
