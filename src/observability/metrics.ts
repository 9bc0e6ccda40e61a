import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SmsTraffic } from './sms-traffic';
import { within } from '../shared/within';

/** A figure that cannot be read by then is NaN: the others are wanted most when the database is away. */
const READING_MS = 1_000;

/**
 * What the service counts of itself, for `/metrics`. One instance an application, so that two in one process (as in
 * tests) do not mix. No label ever holds a recipient or an id, and label values come from the schema, the settings and
 * the code: prom-client keeps a series for every value, so a value that a client chooses would fill the memory.
 */
export class Metrics {
  readonly registry = new Registry();
  /** SMS by country and block of numbers. */
  readonly sms = new SmsTraffic(this.registry);

  readonly requested = new Counter({
    name: 'injeung_verifications_requested_total',
    help: 'Verifications accepted, by channel',
    labelNames: ['channel'],
    registers: [this.registry],
  });
  readonly checked = new Counter({
    name: 'injeung_code_checks_total',
    help: 'Codes checked, by outcome and, where it is known, channel',
    labelNames: ['channel', 'outcome'],
    registers: [this.registry],
  });
  readonly attempts = new Counter({
    name: 'injeung_delivery_attempts_total',
    help: 'Tries to hand a message to a provider, by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers: [this.registry],
  });
  readonly ended = new Counter({
    name: 'injeung_deliveries_ended_total',
    help: 'Deliveries that left the queue, by channel, status and failure',
    labelNames: ['channel', 'status', 'failure'],
    registers: [this.registry],
  });
  readonly toSent = new Histogram({
    name: 'injeung_request_to_sent_seconds',
    help: 'Time from accepting a code to the provider taking its message',
    labelNames: ['provider'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });
  readonly operations = new Counter({
    name: 'injeung_graphql_operations_total',
    help: 'GraphQL fields at the root that were executed, by field and error code',
    labelNames: ['field', 'code'],
    registers: [this.registry],
  });
  readonly callers = new Counter({
    name: 'injeung_graphql_requests_total',
    help: "GraphQL requests by the caller's key: app or admin and the key's fingerprint, unknown or none",
    labelNames: ['kind', 'key'],
    registers: [this.registry],
  });
  readonly refused = new Counter({
    name: 'injeung_rate_limited_total',
    help: 'Refusals by limit',
    labelNames: ['limit'],
    registers: [this.registry],
  });
  readonly sesEvents = new Counter({
    name: 'injeung_ses_events_total',
    help: 'Events of SES that the webhook got, by type and what came of them',
    labelNames: ['type', 'result'],
    registers: [this.registry],
  });
  readonly purgedRows = new Counter({
    name: 'injeung_purged_rows_total',
    help: 'Rows removed because they were kept for long enough, by table; what hung on them is not counted',
    labelNames: ['table'],
    registers: [this.registry],
  });

  readonly humanChecks = new Counter({
    name: 'injeung_human_checks_total',
    help: 'Human checks made, by outcome: passed, refused, unavailable',
    labelNames: ['outcome'],
    registers: [this.registry],
  });
  readonly overloads = new Counter({
    name: 'injeung_overload_refusals_total',
    help: 'Requests refused because too much was waiting, by cause',
    labelNames: ['cause'],
    registers: [this.registry],
  });

  private readonly untrustedForwards = new Counter({
    name: 'injeung_untrusted_forwarding_requests_total',
    help: 'Requests with the address of another client that TRUST_PROXY does not let the server believe',
    registers: [this.registry],
  });

  /** Process metrics (memory, event loop) are for the server alone: collecting them costs a timer. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** `count`: lines of the log that were lost since the start. */
  lostLogLines(count: () => number): void {
    new Counter({
      name: 'injeung_log_lines_lost_total',
      help: 'Lines of the log that could not be written',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(count());
      },
    });
  }

  /** Reads a gauge's value when `/metrics` is asked for. */
  gauge(name: string, help: string, read: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await orElse(read(), NaN));
      },
    });
  }

  /** The same for one value a label. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Promise<[value: string, count: number][]>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        const counts = await orElse(read(), []);
        this.reset();
        for (const [value, count] of counts) this.set({ [label]: value }, count);
      },
    });
  }

  verificationRequested(channel: string): void {
    this.requested.inc({ channel });
  }

  codeChecked(channel: string, outcome: string): void {
    this.checked.inc({ channel, outcome });
  }

  deliveryAttempted(provider: string, outcome: string): void {
    this.attempts.inc({ provider, outcome });
  }

  deliveryEnded(channel: string, status: string, failure: string | null): void {
    this.ended.inc({ channel, status, failure: failure ?? '' });
  }

  sent(provider: string, seconds: number): void {
    this.toSent.observe({ provider }, seconds);
  }

  operationExecuted(field: string, code: string): void {
    this.operations.inc({ field, code });
  }

  untrustedForwarding(): void {
    this.untrustedForwards.inc();
  }

  requestBy(kind: string, key: string): void {
    this.callers.inc({ kind, key });
  }

  rateLimited(limit: string): void {
    this.refused.inc({ limit });
  }

  /** `cause`: one of OverloadGuard's, or `database_queue` for a statement that found too many waiting. */
  overloaded(cause: string): void {
    this.overloads.inc({ cause });
  }

  humanChecked(outcome: string): void {
    this.humanChecks.inc({ outcome });
  }

  /** `type`: '' where it is not believed, so not looked at. */
  sesEvent(type: string, result: string): void {
    this.sesEvents.inc({ type, result });
  }

  purged(table: string, rows: number): void {
    this.purgedRows.inc({ table }, rows);
  }
}

function orElse<T>(value: Promise<T>, otherwise: T): Promise<T> {
  const read = value.catch(() => otherwise);
  return within(READING_MS, read, otherwise);
}
