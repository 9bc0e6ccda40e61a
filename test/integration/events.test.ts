import { DIALECTS } from '../support/databases';
import { EventsApp, USER } from '../support/events-app';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const LANES = 10;

describe.each(DIALECTS)('events, on %s', (dialect) => {
  let events: EventsApp;
  beforeEach(async () => (events = await EventsApp.start(dialect)));
  afterEach(() => events.close());

  it('inform the back end that a message was sent and delivered, and that its code was verified', async () => {
    const id = await events.request();
    await until(async () => {
      events.clock.advance(1);
      return (await events.app.verification(id)).delivery.status === 'DELIVERED' || null;
    });
    await events.app.verify(id, events.codeOf());
    await events.receiver.waitForEvents(3);
    expect(events.receiver.events.map(({ type }) => type).sort()).toEqual([
      'delivery.delivered',
      'delivery.sent',
      'verification.verified',
    ]);
    expect(events.eventsOf('verification.verified')).toEqual([
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
    expect(events.eventsOf('delivery.sent')[0]!.data).toMatchObject({ status: 'SENT', verificationId: id });
    await events.untilStored(0);
    expect(events.receiver.refused).toEqual([]);
  });

  it('inform the back end that a verification was locked or canceled', async () => {
    const locked = await events.request('locked@example.com');
    await until(() => events.steps.codes.get('locked@example.com') ?? null);
    const wrong = TestApp.wrong(events.codeOf('locked@example.com'));
    await Promise.all(Array.from({ length: 7 }, () => events.app.verify(locked, wrong)));
    const canceled = await events.request('canceled@example.com');
    await events.cancel(canceled);
    await events.cancel(canceled);
    const [lockedEvents, canceledEvents] = await until(() => {
      const both = ['verification.locked', 'verification.canceled'].map((type) => events.eventsOf(type));
      return both.every(({ length }) => length > 0) ? both : null;
    });
    expect(lockedEvents!.map(({ data }) => data)).toMatchObject([
      { verificationId: locked, status: 'LOCKED' },
    ]);
    expect(canceledEvents!.map(({ data }) => data)).toMatchObject([
      { verificationId: canceled, status: 'CANCELED' },
    ]);
  });

  it('inform the back end of each accepted send, and why a delivery failed', async () => {
    events.steps.plan(USER, [
      { kind: 'not-delivered', failure: 'SENDER_REFUSED', retryable: false },
      { kind: 'not-delivered', failure: 'UNREACHABLE', retryable: false },
    ]);
    const id = await events.request();
    await until(async () => {
      events.clock.advance(1);
      return events.eventsOf('delivery.failed').length > 0 || null;
    });
    expect(events.eventsOf('delivery.sent')).toHaveLength(2);
    expect(new Set(events.eventsOf('delivery.sent').map((event) => event.id)).size).toBe(2);
    expect(events.eventsOf('delivery.failed')[0]!.data).toMatchObject({
      verificationId: id,
      status: 'FAILED',
      failure: 'UNREACHABLE',
    });
  });

  it('contain neither the code nor the full recipient nor the proof', async () => {
    const id = await events.request();
    await until(() => events.steps.codes.get(USER) ?? null);
    const { proof } = (await events.app.verify(id, events.codeOf())).data.verifyCode;
    await until(() => events.eventsOf('verification.verified').length > 0 || null);
    const bodies = events.receiver.calls.map(({ body }) => body).join();
    for (const secret of [events.codeOf(), USER, proof as string]) expect(bodies).not.toContain(secret);
  });

  it('are deleted with an erased recipient', async () => {
    events.receiver.answerAlways({ status: 500 });
    await events.requestOneEvent();
    await events.untilStored(1);
    await events.app.admin(`mutation { eraseRecipient(input: { email: "${USER}" }) { verifications } }`);
    await events.untilStored(0);
  });

  it('follow 10,000 random transitions of verifications exactly once each', async () => {
    const model = new Model(dialect === 'sqlite' ? 1 : 2);
    const emails = Array.from({ length: 1_000 }, (_, index) => `m${index}@example.com`);
    const ids: string[] = [];
    for (let from = 0; from < emails.length; from += 50)
      ids.push(...(await Promise.all(emails.slice(from, from + 50).map((email) => events.request(email)))));
    await until(() => emails.every((email) => events.steps.codes.has(email)) || null);
    // The moves of one verification follow each other; those of different lanes run at the same time.
    const lanes = Array.from({ length: LANES }, (_, lane) => async () => {
      for (let moves = 0; moves < 10_000 / LANES; moves += 20) {
        const chosen = Array.from({ length: 20 }, () => {
          const index = model.random(ids.length / LANES) * LANES + lane;
          return model.move(ids[index]!, events.codeOf(emails[index]));
        });
        await events.app.gql(`mutation { ${chosen.map((move, index) => `m${index}: ${move}`).join(' ')} }`);
      }
    });
    await Promise.all(lanes.map((run) => run()));
    const received = await until(() => {
      const ids = events.receiver.events.filter(({ type }) => type.startsWith('verification'));
      return ids.length >= model.events.size ? ids.map(({ id }) => id) : null;
    });
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
