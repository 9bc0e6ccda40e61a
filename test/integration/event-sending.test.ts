import { DIALECTS } from '../support/databases';
import { EventsApp } from '../support/events-app';
import { EVENTS_SECRET, FakeReceiver } from '../support/fake-receiver';
import { executeSql } from '../support/read-rows';
import { until } from '../support/until';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe.each(DIALECTS)('the sending of events, on %s', (dialect) => {
  let events: EventsApp;
  beforeEach(async () => (events = await EventsApp.start(dialect)));
  afterEach(() => events.close());

  /** How many calls of the receiver have come about this verification. */
  const callsAbout = (id: string) => events.receiver.calls.filter(({ body }) => body.includes(id)).length;

  it('is repeated after 5 s, 30 s, 2 min, 10 min and 1 h while the receiver is down, with the same id', async () => {
    events.receiver.answerAlways({ status: 503 });
    await events.requestOneEvent();
    await events.receiver.waitForCalls(1, /events/);
    await events.untilStored(1);
    for (const pause of [5, 30, 2 * MINUTE, 10 * MINUTE, HOUR]) {
      await events.pass(0);
      expect(await events.pass(pause - 1)).toBe(0);
      expect(await events.pass(1)).toBe(1);
    }
    events.receiver.answerAlways(null);
    await events.pass(6 * HOUR);
    expect(events.receiver.events).toHaveLength(1);
    expect(new Set(events.receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await events.stored()).toEqual([]);
  });

  it('ends after exactly three days, when the event is dropped and counted, with a log line that names it', async () => {
    events.receiver.answerAlways({ drop: 'before' });
    const id = await events.requestOneEvent();
    await events.receiver.waitForCalls(1, /events/);
    const pauses = [5, 30, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, ...Array<number>(5).fill(12 * HOUR)];
    await events.pass(0);
    for (const pause of pauses) expect(await events.pass(pause)).toBe(1);
    const rest = 72 * HOUR - pauses.reduce((sum, pause) => sum + pause);
    expect(await events.pass(rest - 1)).toBe(0);
    expect(await events.stored()).toHaveLength(1);
    expect(await events.metric('injeung_events_waiting')).toBe(1);
    expect(await events.metric('injeung_events_oldest_seconds')).toBe(72 * HOUR - 1);
    expect(await events.pass(1)).toBe(1);
    expect(await events.stored()).toEqual([]);
    expect(events.logged('an event is dropped')).toMatchObject([
      { event: expect.stringMatching(/^sent-/), type: 'delivery.sent', verification: id, sends: 13 },
    ]);
    expect(await events.metric('injeung_events_total{type="delivery.sent",outcome="dropped"}')).toBe(1);
    expect(await events.metric('injeung_events_waiting')).toBe(0);
  });

  it('writes one line a minute about failed sends, however many events fail', async () => {
    events.receiver.answerAlways({ status: 500 });
    for (let user = 0; user < 5; user++) await events.requestOneEvent(`user-${user}@example.com`);
    await events.receiver.waitForCalls(5, /events/);
    await events.pass(0);
    await events.pass(5);
    const warnings = events.app.log.filter((line) => line.includes('"level":40') && line.includes('event'));
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
      { error: 'status 500', retryInMs: 5_000 },
    ]);
    expect(await events.metric('injeung_events_total{type="delivery.sent",outcome="failed"}')).toBe(10);
  });

  it('logs neither the secret nor the URL, whatever happens', async () => {
    const failures = [
      { status: 500 },
      { status: 307 },
      { drop: 'before' as const },
      { drop: 'after' as const },
    ];
    events.receiver.answerNext(...failures, { status: 200, text: 'x'.repeat(100_000) }, { status: 410 });
    await events.requestOneEvent();
    await until(async () => {
      await events.pass(6 * HOUR);
      return events.logged('410')[0] ?? null;
    });
    expect(events.logged('could not be sent')).toHaveLength(5);
    const log = events.app.log.join();
    for (const secret of [EVENTS_SECRET, EVENTS_SECRET.slice(6), 'tenant', new URL(events.receiver.url).port])
      expect(log).not.toContain(secret);
  });

  it('does not follow a redirect, and counts it as a failure', async () => {
    const elsewhere = await FakeReceiver.start();
    try {
      events.receiver.answerNext({ status: 307, headers: { location: `${elsewhere.url}/events` } });
      await events.requestOneEvent();
      await events.receiver.waitForCalls(1, /events/);
      await events.pass(0);
      await events.pass(5);
      await events.receiver.waitForEvents(1);
      expect(elsewhere.calls).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('ends at an answer 410 until the next start, and keeps later events', async () => {
    events.receiver.answerNext({ status: 410 });
    const gone = await events.requestOneEvent();
    await events.receiver.waitForCalls(1, /events/);
    await until(() => events.logged('410')[0] ?? null);
    await events.untilStored(0);
    await events.cancel(await events.requestOneEvent('later@example.com'));
    await until(async () => ((await events.stored()).length >= 1 ? true : null));
    events.clock.advance(HOUR);
    await events.metric('injeung_events_waiting');
    expect(events.receiver.calls).toHaveLength(1);
    expect(events.receiver.events).toEqual([]);
    await events.app.restart();
    await until(() => events.eventsOf('verification.canceled').length > 0 || null);
    expect(callsAbout(gone)).toBe(1);
  });

  it('ends for events that wait after an answer 410 when retention drops them after three days', async () => {
    events.receiver.answerNext({ status: 410 });
    await events.requestOneEvent();
    await until(() => events.logged('410')[0] ?? null);
    await events.cancel(await events.requestOneEvent('later@example.com'));
    await until(async () => ((await events.stored()).length >= 1 ? true : null));
    events.clock.advance(4 * 24 * HOUR);
    await until(async () => {
      // Retention runs every ten minutes.
      events.clock.advance(11 * MINUTE);
      return (await events.stored()).length === 0 || null;
    });
    expect(events.logged('events were dropped').length).toBeGreaterThan(0);
  });

  it('is done once by 2 nodes, whichever of them decided the events', async () => {
    const nodes = dialect === 'postgres' ? [events.app, await events.app.another()] : [events.app];
    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        nodes[index % nodes.length]!.requestEmail(`n${index}@example.com`).then(
          ({ data }) => data.requestEmailCode.id as string,
        ),
      ),
    );
    await Promise.all(ids.map((id) => events.cancel(id)));
    await until(() => events.eventsOf('verification.canceled').length >= 60 || null);
    await events.untilStored(0);
    const received = events.receiver.events.map(({ id }) => id);
    expect(new Set(received).size).toBe(received.length);
  });

  it('continues with other events while the receiver does not answer some of them', async () => {
    const stuck = await events.request('stuck@example.com');
    const release = events.receiver.holdAnswers();
    await events.cancel(stuck);
    await until(() => events.receiver.calls.some(({ body }) => body.includes('canceled')) || null);
    events.receiver.answerAlways(null);
    for (let user = 0; user < 40; user++)
      await events.cancel(await events.request(`user-${user}@example.com`));
    await until(() => events.eventsOf('verification.canceled').length === 41 || null);
    expect(events.receiver.calls.find(({ body }) => body.includes('canceled'))!.gone()).toBe(false);
    release();
    await events.untilStored(0);
  });

  it('sends an event again when its lease expires during a send, and deletes it when one of the sends succeeds', async () => {
    const release = events.receiver.holdAnswers();
    await events.requestOneEvent();
    await events.receiver.waitForCalls(1, /events/);
    events.receiver.answerAlways({ status: 503 });
    events.clock.advance(31);
    await until(() => events.logged('could not be sent')[0] ?? null);
    expect(events.receiver.calls).toHaveLength(2);
    release();
    await events.untilStored(0);
    expect(events.receiver.events).toHaveLength(1);
  });

  it('continues with other events when one cannot be composed, and drops that one after three days', async () => {
    const release = events.receiver.holdAnswers();
    const damaged = await events.request('damaged@example.com');
    await until(() => events.steps.codes.get('damaged@example.com') ?? null);
    await executeSql(
      events.app.database.url,
      `UPDATE verification SET recipient_sealed = 'damaged' WHERE id = '${damaged}'`,
    );
    release();
    await events.cancel(damaged);
    await until(() => events.logged('could not be sent')[0] ?? null);
    await events.cancel(await events.request('next@example.com'));
    await until(() => events.eventsOf('verification.canceled').length > 0 || null);
    for (let half = 0; half < 8; half++) await events.pass(12 * HOUR);
    expect(await events.stored()).toEqual([]);
    expect(events.logged('an event is dropped').map(({ verification }) => verification)).toContain(damaged);
    expect(events.eventsOf('verification.canceled').map(({ data }) => data.verificationId)).not.toContain(
      damaged,
    );
  });

  it('keeps a verification whose event waits, until the event is dropped, although its retention has ended', async () => {
    await events.app.restart({ RETENTION_DAYS: '1', EMAIL_CODE_TTL_SECONDS: '600' });
    const sent = await events.requestOneEvent('sent@example.com');
    await events.receiver.waitForEvents(1);
    await events.untilStored(0);
    events.receiver.answerAlways({ status: 503 });
    const waiting = await events.requestOneEvent('waiting@example.com');
    await events.receiver.waitForCalls(2, /events/);
    const untilPurged = (id: string) =>
      until(async () => {
        await events.pass(10 * MINUTE); // The duty is due every ten minutes.
        return (await events.app.verification(id)) === null || null;
      });
    events.clock.advance(24 * HOUR);
    await untilPurged(sent);
    expect(await events.app.verification(waiting)).not.toBeNull();
    events.clock.advance(48 * HOUR);
    await untilPurged(waiting);
    expect(events.logged('an event is dropped')).toHaveLength(1);
  });

  it('ends sends that are running when the server stops, and begins no further ones', async () => {
    const release = events.receiver.holdAnswers();
    await events.requestOneEvent();
    await events.receiver.waitForCalls(1, /events/);
    const { url } = events.app;
    const stopping = events.app.stop();
    await until(() =>
      fetch(`${url}/healthz`).then(
        () => null,
        () => true,
      ),
    );
    release();
    await stopping;
    expect(await events.stored()).toEqual([]);
    expect(events.receiver.events).toHaveLength(1);
  });
});
