import { type Dialect } from './databases';
import { FakeReceiver, type ReceivedEvent } from './fake-receiver';
import { ManualClock } from './manual-clock';
import { readRows } from './read-rows';
import { StepProvider, Steps } from './step-provider';
import { type GraphQLAnswer, TestApp } from './test-app';
import { until } from './until';

export const USER = 'user@example.com';

/** A server that sends events to a receiver, with a clock and providers that the test controls. */
export class EventsApp {
  readonly clock = new ManualClock();
  readonly steps = new Steps();
  app!: TestApp;

  private constructor(readonly receiver: FakeReceiver) {}

  static async start(dialect: Dialect, env: Record<string, string> = {}): Promise<EventsApp> {
    const one = new EventsApp(await FakeReceiver.start());
    const { receiver, clock, steps } = one;
    const providers = { EMAIL: [new StepProvider('first', steps), new StepProvider('second', steps)] };
    const settings = { ...receiver.environment, EMAIL_CODE_TTL_SECONDS: '86400', ...env };
    one.app = await TestApp.start(dialect, settings, { clock, providers, eventPollMs: 20 });
    return one;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.receiver.close();
  }

  /** Requests a code, and returns the id of the verification. */
  async request(email = USER): Promise<string> {
    return (await this.app.requestEmail(email)).data.requestEmailCode.id as string;
  }

  /** Requests a code whose message has no receipt, so that the only event is `delivery.sent`. */
  requestOneEvent(email = USER): Promise<string> {
    this.steps.plan(email, [{ kind: 'pending' }]);
    return this.request(email);
  }

  codeOf(email = USER): string {
    return [...this.steps.codes.get(email)!][0]!;
  }

  cancel(id: string): Promise<GraphQLAnswer> {
    return this.app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id });
  }

  /** The ids of the events that wait. */
  async stored(): Promise<string[]> {
    const rows = await readRows<{ id: string }>(this.app.database.url, 'SELECT id FROM event ORDER BY id');
    return rows.map(({ id }) => id);
  }

  untilStored(count: number): Promise<true> {
    return until(async () => ((await this.stored()).length === count ? true : null));
  }

  eventsOf(type: string): ReceivedEvent[] {
    return this.receiver.events.filter((event) => event.type === type);
  }

  /** Lets time pass, and returns how many sends were due then. */
  async pass(seconds: number): Promise<number> {
    this.clock.advance(seconds);
    const calls = this.receiver.calls.length;
    await until(async () => {
      const [row] = await readRows<{ due: number }>(
        this.app.database.url,
        `SELECT count(*) AS due FROM event WHERE due_at <= ${this.clock.now()} OR lease_owner IS NOT NULL`,
      );
      return Number(row!.due) === 0 || null;
    });
    return this.receiver.calls.length - calls;
  }

  /** The value of a metric with this name and these labels. A gauge is missing while its statement takes too long. */
  metric(name: string): Promise<number> {
    return until(async () => {
      const text = await (await fetch(`${this.app.url}/metrics`)).text();
      const line = text.split('\n').find((one) => one.startsWith(`${name} `));
      return line === undefined ? null : Number(line.split(' ')[1]);
    });
  }

  /** The log lines whose message contains this text, oldest first. */
  logged(message: string): Record<string, unknown>[] {
    const lines = this.app.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    return lines.filter(({ msg }) => String(msg).includes(message));
  }
}
