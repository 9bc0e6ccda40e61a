import { DIALECTS } from '../support/databases';
import { FakeReceiver } from '../support/fake-receiver';
import { ManualClock } from '../support/manual-clock';
import { readRows } from '../support/read-rows';
import { StepProvider, Steps } from '../support/step-provider';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const USER = 'user@example.com';
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const LANES = 10;

describe.each(DIALECTS)('events, on %s', (dialect) => {
  let receiver: FakeReceiver;
  let clock: ManualClock;
  let steps: Steps;
  let app: TestApp;

  beforeEach(async () => {
    receiver = await FakeReceiver.start();
    clock = new ManualClock();
    steps = new Steps();
    const providers = { EMAIL: [new StepProvider('first', steps), new StepProvider('second', steps)] };
    const env = { ...receiver.environment, EMAIL_CODE_TTL_SECONDS: '86400' };
    app = await TestApp.start(dialect, env, { clock, providers, eventPollMs: 20 });
  });
  afterEach(async () => {
    await app.close();
    await receiver.close();
  });

  const request = async (email = USER) => (await app.requestEmail(email)).data.requestEmailCode.id as string;
  const codeOf = (email = USER) => [...steps.codes.get(email)!][0]!;
  const cancel = (id: string) =>
    app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id });
  const stored = async () =>
    (await readRows<{ id: string }>(app.database.url, 'SELECT id FROM event ORDER BY id')).map(
      ({ id }) => id,
    );
  const eventsOf = (type: string) => receiver.events.filter((event) => event.type === type);
  const pass = async (seconds: number) => {
    clock.advance(seconds);
    // The next poll sends what is due.
    const calls = receiver.calls.length;
    await until(async () => {
      const [row] = await readRows<{ due: number }>(
        app.database.url,
        `SELECT count(*) AS due FROM event WHERE due_at <= ${clock.now()} OR lease_owner IS NOT NULL`,
      );
      return Number(row!.due) === 0 || null;
    });
    return receiver.calls.length - calls;
  };

  it('inform the back end that a message was sent and delivered, and that its code was verified', async () => {
    const id = await request();
    await until(async () => {
      clock.advance(1);
      return (await app.verification(id)).delivery.status === 'DELIVERED' || null;
    });
    await app.verify(id, codeOf());
    await receiver.waitForEvents(3);
    expect(receiver.events.map(({ type }) => type).sort()).toEqual([
      'delivery.delivered',
      'delivery.sent',
      'verification.verified',
    ]);
    expect(eventsOf('verification.verified')).toEqual([
      {
        id: `verified-${id}`,
        type: 'verification.verified',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        data: {
          verificationId: id,
          channel: 'EMAIL',
          purpose: 'sign-up',
          recipient: 'u***@example.com',
          status: 'VERIFIED',
        },
      },
    ]);
    expect(eventsOf('delivery.sent')[0]!.data).toMatchObject({ status: 'SENT', verificationId: id });
    await until(async () => ((await stored()).length === 0 ? true : null));
    expect(receiver.refused).toEqual([]);
  });

  it('inform the back end that a verification was locked or canceled', async () => {
    const locked = await request('locked@example.com');
    await until(() => steps.codes.get('locked@example.com') ?? null);
    const wrong = TestApp.wrong(codeOf('locked@example.com'));
    await Promise.all(Array.from({ length: 7 }, () => app.verify(locked, wrong)));
    const canceled = await request('canceled@example.com');
    await cancel(canceled);
    await cancel(canceled);
    await until(
      () => (eventsOf('verification.locked').length && eventsOf('verification.canceled').length) || null,
    );
    expect(eventsOf('verification.locked').map(({ data }) => data)).toMatchObject([
      { verificationId: locked, status: 'LOCKED' },
    ]);
    expect(eventsOf('verification.canceled').map(({ data }) => data)).toMatchObject([
      { verificationId: canceled, status: 'CANCELED' },
    ]);
  });

  it('inform the back end of each accepted send, and why a delivery failed', async () => {
    steps.plan(USER, [
      { kind: 'not-delivered', failure: 'SENDER_REFUSED', retryable: false },
      { kind: 'not-delivered', failure: 'UNREACHABLE', retryable: false },
    ]);
    const id = await request();
    await until(async () => {
      clock.advance(1);
      return eventsOf('delivery.failed').length > 0 || null;
    });
    expect(eventsOf('delivery.sent')).toHaveLength(2);
    expect(new Set(eventsOf('delivery.sent').map((event) => event.id)).size).toBe(2);
    expect(eventsOf('delivery.failed')[0]!.data).toMatchObject({
      verificationId: id,
      status: 'FAILED',
      failure: 'UNREACHABLE',
    });
  });

  it('contain neither the code nor the full recipient nor the proof', async () => {
    const id = await request();
    await until(() => steps.codes.get(USER) ?? null);
    const { proof } = (await app.verify(id, codeOf())).data.verifyCode;
    await until(() => eventsOf('verification.verified').length > 0 || null);
    const bodies = receiver.calls.map(({ body }) => body).join();
    for (const secret of [codeOf(), USER, proof as string]) expect(bodies).not.toContain(secret);
  });

  it('are sent again after 5 s, 30 s, 2 min, 10 min and 1 h while the receiver is down, with the same id', async () => {
    receiver.answerAlways({ status: 503 });
    steps.plan(USER, [{ kind: 'pending' }]);
    await request();
    await receiver.waitForCalls(1, /events/);
    await until(async () => ((await stored()).length === 1 ? true : null));
    for (const pause of [5, 30, 2 * MINUTE, 10 * MINUTE, HOUR]) {
      await pass(0);
      expect(await pass(pause - 1)).toBe(0);
      expect(await pass(1)).toBe(1);
    }
    receiver.answerAlways(null);
    await pass(6 * HOUR);
    expect(receiver.events).toHaveLength(1);
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await stored()).toEqual([]);
  });

  it('are dropped and counted after three days, with a log line that names the event', async () => {
    receiver.answerAlways({ drop: 'before' });
    steps.plan(USER, [{ kind: 'pending' }]);
    const id = await request();
    await receiver.waitForCalls(1, /events/);
    for (let half = 0; half < 8; half++) await pass(12 * HOUR);
    expect(await stored()).toEqual([]);
    const line = app.log.find((one) => one.includes('an event is dropped'))!;
    expect(JSON.parse(line)).toMatchObject({ type: 'delivery.sent', verification: id });
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('injeung_events_total{type="delivery.sent",outcome="dropped"} 1');
    expect(metrics).toContain('injeung_events_waiting 0');
  });

  it('do not follow a redirect, and count it as a failure', async () => {
    const elsewhere = await FakeReceiver.start();
    try {
      receiver.answerNext({ status: 307, headers: { location: `${elsewhere.url}/events` } });
      steps.plan(USER, [{ kind: 'pending' }]);
      await request();
      await receiver.waitForCalls(1, /events/);
      await pass(5);
      await receiver.waitForEvents(1);
      expect(elsewhere.calls).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('are not sent after an answer 410, until the next start', async () => {
    receiver.answerNext({ status: 410 });
    steps.plan(USER, [{ kind: 'pending' }]);
    await request();
    await receiver.waitForCalls(1, /events/);
    await until(() => app.log.some((line) => line.includes('410')) || null);
    await cancel(await request('later@example.com'));
    await until(async () => ((await stored()).length >= 1 ? true : null));
    clock.advance(HOUR);
    await app.verification('unknown');
    expect(receiver.events).toEqual([]);
    await app.restart();
    await until(() => eventsOf('verification.canceled').length > 0 || null);
    expect(eventsOf('delivery.sent').map(({ data }) => data['recipient'])).not.toContain('u***@example.com');
  });

  it('are sent once in 2 nodes, whichever of them decided them', async () => {
    const nodes = dialect === 'postgres' ? [app, await app.another()] : [app];
    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        nodes[index % nodes.length]!.requestEmail(`n${index}@example.com`).then(
          ({ data }) => data.requestEmailCode.id as string,
        ),
      ),
    );
    await Promise.all(ids.map((id) => cancel(id)));
    await until(() => eventsOf('verification.canceled').length >= 60 || null);
    await until(async () => ((await stored()).length === 0 ? true : null));
    const received = receiver.events.map(({ id }) => id);
    expect(new Set(received).size).toBe(received.length);
  });

  it('are deleted with an erased recipient', async () => {
    receiver.answerAlways({ status: 500 });
    await request();
    await until(async () => ((await stored()).length >= 1 ? true : null));
    await app.admin(`mutation { eraseRecipient(input: { email: "${USER}" }) { verifications } }`);
    await until(async () => ((await stored()).length === 0 ? true : null));
  });

  it('follow 10,000 random transitions of verifications exactly once each', async () => {
    const model = new Model(dialect === 'sqlite' ? 1 : 2);
    const emails = Array.from({ length: 1_000 }, (_, index) => `m${index}@example.com`);
    const ids: string[] = [];
    for (let from = 0; from < emails.length; from += 50)
      ids.push(...(await Promise.all(emails.slice(from, from + 50).map((email) => request(email)))));
    await until(() => emails.every((email) => steps.codes.has(email)) || null);
    // The moves of one verification follow each other; those of different lanes run at the same time.
    const lanes = Array.from({ length: LANES }, (_, lane) => async () => {
      for (let moves = 0; moves < 10_000 / LANES; moves += 20) {
        const chosen = Array.from({ length: 20 }, () => {
          const index = model.random(ids.length / LANES) * LANES + lane;
          return model.move(ids[index]!, codeOf(emails[index]));
        });
        await app.gql(`mutation { ${chosen.map((move, index) => `m${index}: ${move}`).join(' ')} }`);
      }
    });
    await Promise.all(lanes.map((run) => run()));
    await until(
      () =>
        receiver.events.filter(({ type }) => type.startsWith('verification')).length >= model.events.size ||
        null,
    );
    const received = receiver.events
      .filter(({ type }) => type.startsWith('verification'))
      .map(({ id }) => id);
    expect(received.sort()).toEqual([...model.events].sort());
  }, 120_000);
});

/** What each verification must have become, and which events that makes. */
class Model {
  readonly events = new Set<string>();
  private readonly attempts = new Map<string, number>();
  private readonly ended = new Set<string>();

  constructor(private seed: number) {}

  /** A whole number below `bound`, the same in every run (a linear congruential generator). */
  random(bound: number): number {
    this.seed = (this.seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((this.seed / 2 ** 31) * bound);
  }

  /** Chooses a mutation for a verification, and records what it must do. */
  move(id: string, code: string): string {
    const choice = this.random(10);
    if (choice === 0) {
      this.end(id, 'canceled');
      return `cancelVerification(verificationId: "${id}") { id }`;
    }
    const right = choice === 1;
    if (!this.ended.has(id)) {
      const left = (this.attempts.get(id) ?? 5) - 1;
      this.attempts.set(id, left);
      if (right) this.end(id, 'verified');
      else if (left === 0) this.end(id, 'locked');
    }
    const typed = right ? code : TestApp.wrong(code);
    return `verifyCode(input: { verificationId: "${id}", code: "${typed}" }) { verified }`;
  }

  private end(id: string, how: string): void {
    if (this.ended.has(id)) return;
    this.ended.add(id);
    this.events.add(`${how}-${id}`);
  }
}
