import { pino } from 'pino';
import { type Dialect } from '../../test/support/databases';
import { ManualClock } from '../../test/support/manual-clock';
import { TestApp, type TestAppOptions } from '../../test/support/test-app';
import { until } from '../../test/support/until';

/** The limits as they are when nobody sets them. */
export const DEFAULT_LIMITS = {
  MAX_ATTEMPTS: '5',
  RESEND_COOLDOWN_SECONDS: '60',
  RECIPIENT_HOURLY_LIMIT: '5',
  RECIPIENT_DAILY_LIMIT: '10',
  RECIPIENT_DAILY_GUESSES: '20',
  IP_HOURLY_LIMIT: '30',
  SMS_PREFIX_HOURLY_LIMIT: '50',
  SMS_DAILY_LIMIT: '10000',
  EMAIL_DAILY_LIMIT: '50000',
};

export interface Refusal {
  code: string;
  limit?: string;
  retryAfterSeconds?: number;
}

/** One field's answer: its value, or why there is none. */
export interface Answer {
  value: any;
  refusal: Refusal | null;
}

/** What is attacked: all nodes of one service under a clock that moves when it is told to. */
export class Target {
  /** Begins with a day of UTC, as the windows of crowds do. */
  readonly clock = new ManualClock(Date.parse('2026-01-15T00:00:00Z'));
  private readonly nodes: TestApp[] = [];
  calls = 0;

  /** Two nodes where the database serves two; they believe the last X-Forwarded-For, to give attackers many addresses. */
  static async start(
    dialect: Dialect,
    env: Record<string, string> = {},
    overrides: TestAppOptions = {},
  ): Promise<Target> {
    const target = new Target();
    const settings = { ...DEFAULT_LIMITS, TRUST_PROXY: 'on', ...env };
    const silent = { clock: target.clock, logger: pino({ level: 'silent' }), ...overrides };
    target.nodes.push(await TestApp.start(dialect, settings, silent));
    if (dialect === 'postgres') target.nodes.push(await target.nodes[0]!.another());
    return target;
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  get first(): TestApp {
    return this.nodes[0]!;
  }

  async close(): Promise<void> {
    for (const node of [...this.nodes].reverse()) await node.close();
  }

  /** Sends one document to a node, as if from an address; one answer a field, in their order. */
  async send(document: string, { node = 0, from = '192.0.2.1' } = {}): Promise<Answer[]> {
    this.calls++;
    const response = await fetch(`${this.nodes[node % this.nodes.length]!.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify({ query: document }),
    });
    const { data, errors } = (await response.json()) as any;
    if (!data && !errors?.[0]?.path) throw new Error(`the attack is malformed: ${JSON.stringify(errors)}`);
    const refused = (field: string): Refusal =>
      errors.find(({ path }: any) => path?.[0] === field)?.extensions ?? errors[0].extensions;
    const names = data ? Object.keys(data) : errors.map(({ path }: any) => path[0]);
    return names.map((name: string) => {
      const value = data?.[name] ?? null;
      return { value, refusal: value ? null : refused(name) };
    });
  }

  /** Lets what is queued leave before time moves on, since messages that seem to have waited for hours close the door. */
  async advance(seconds: number): Promise<void> {
    await until(async () => {
      const metrics = await (await fetch(`${this.first.url}/metrics`)).text();
      return /^injeung_queue_depth 0$/m.test(metrics) ? true : null;
    });
    this.clock.advance(seconds);
  }
}

/** Runs one piece of work for each item, `width` at once. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}
