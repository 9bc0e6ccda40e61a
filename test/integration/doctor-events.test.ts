import { SCHEMA } from '../../src/app/schema';
import { runDoctor } from '../../src/doctor/run-doctor';
import { EVENTS_SECRET, FakeReceiver } from '../support/fake-receiver';

let receiver: FakeReceiver;
beforeEach(async () => (receiver = await FakeReceiver.start({ checksTime: true })));
afterEach(() => receiver.close());

/** What the doctor says about the receiver and about clocks, as `STATUS message`. */
async function examine(change: Record<string, string> = {}): Promise<string[]> {
  const base = { DATABASE_URL: 'sqlite:/nowhere/none.sqlite', ...receiver.environment };
  const { findings } = await runDoctor({ ...base, ...change }, SCHEMA);
  for (const secret of [EVENTS_SECRET, 'tenant=a']) expect(JSON.stringify(findings)).not.toContain(secret);
  return findings
    .filter(({ check }) => check === 'events' || check === 'clock')
    .map(({ status, message }) => `${status} ${message}`);
}

it('the doctor pings the receiver of events, and the ping cannot be mistaken for an event', async () => {
  expect(await examine()).toEqual([
    "OK this machine's clock agrees with the clock of the receiver of events",
    'OK the receiver of events answers ping and accepts the signature',
  ]);
  expect(receiver.events).toEqual([
    { id: expect.stringMatching(/^ping_/), type: 'ping', timestamp: expect.any(String), data: {} },
  ]);
});

it.each([
  [401, /^FAIL the receiver of events refuses the signature \(401\)/],
  [404, /^WARN the receiver of events answers, but does not know ping \(404\), so only an event shows/],
  [307, /^FAIL the receiver of events answers with a redirect, which is not followed \(307\)/],
  [500, /^FAIL the receiver of events cannot process calls now \(500\)/],
])('the doctor explains the answer %i of the receiver', async (status, message) => {
  receiver.answerAlways({ status, headers: { location: `${receiver.url}/elsewhere` } });
  expect((await examine()).at(-1)).toMatch(message);
  expect(receiver.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

it('the doctor finds that the secrets differ', async () => {
  const change = { EVENTS_SECRET: `whsec_${'A'.repeat(32)}` };
  expect((await examine(change)).at(-1)).toMatch(
    /^FAIL the receiver of events refuses the signature \(401\)/,
  );
});

it('the doctor finds that the receiver cannot be reached, and says nothing about events without EVENTS_URL', async () => {
  expect(await examine({ EVENTS_URL: 'http://127.0.0.1:1/events' })).toEqual([
    'FAIL the receiver of events did not answer (ECONNREFUSED)',
  ]);
  expect(await examine({ EVENTS_URL: '', EVENTS_SECRET: '' })).toEqual([]);
});
