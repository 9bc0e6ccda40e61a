import { pino } from 'pino';
import { type Dialect } from '../../test/support/databases';
import { ManualClock } from '../../test/support/manual-clock';
import { TestApp, type TestAppOptions } from '../../test/support/test-app';
import { until } from '../../test/support/until';

/** The limits with their defaults. */
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

/** The answer of one field: its value, or its error. */
export interface Answer {
  value: any;
  refusal: Refusal | null;
}

/** The target of the attacks: all nodes of one service, with a clock that only moves on request. */
export class Target {
  /** The start of a day in UTC, when the windows of the shared limits begin. */
  readonly clock = new ManualClock(Date.parse('2026-01-15T00:00:00Z'));
  private readonly nodes: TestApp[] = [];
  calls = 0;

  /**
   * Starts two nodes if the database supports it. They trust the last X-Forwarded-For, so that attackers have
   * many addresses.
   */
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

  /** Sends one document to a node, as if from an address. Returns one answer per field, in their order. */
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

  /**
   * Waits until queued messages are sent before time moves on. Otherwise they would seem to have waited for
   * hours, and new requests would be refused.
   */
  async advance(seconds: number): Promise<void> {
    await until(async () => {
      const metrics = await (await fetch(`${this.first.url}/metrics`)).text();
      return /^injeung_queue_depth 0$/m.test(metrics) ? true : null;
    });
    this.clock.advance(seconds);
  }
}

/** Runs one piece of work for each item, `width` of them at once. */
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
