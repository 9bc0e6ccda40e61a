import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SmsTraffic } from './sms-traffic';
import { raceTimeout } from '../shared/race-timeout';

/** A gauge that cannot be read by then is NaN, so that an unavailable database does not hide the other metrics. */
const READING_MS = 1_000;

/**
 * The metrics of one server, for `/metrics`. Each server has its own registry, because tests run several in one process.
 * No label holds a recipient or an id, and label values come from the schema, the settings and the code: prom-client
 * keeps a series for every value, so a value that a client chooses would fill the memory.
 */
export class Metrics {
  readonly registry = new Registry();
  /** SMS by country and block of numbers. */
  readonly sms = new SmsTraffic(this.registry);

  readonly verificationsRequested = this.counter(
    'injeung_verifications_requested_total',
    'Accepted verifications, by channel',
    ['channel'],
  );
  /** `channel` is empty for refused codes. */
  readonly codeChecks = this.counter(
    'injeung_code_checks_total',
    'Checked codes, by outcome and, for accepted codes, channel',
    ['channel', 'outcome'],
  );
  readonly sends = this.counter('injeung_sends_total', 'Sends, by provider and outcome', [
    'provider',
    'outcome',
  ]);
  /** `failure` is empty unless `status` is FAILED. */
  readonly deliveriesEnded = this.counter(
    'injeung_deliveries_ended_total',
    'Deliveries that ended, by channel, status and failure',
    ['channel', 'status', 'failure'],
  );
  readonly requestToSentSeconds = new Histogram({
    name: 'injeung_request_to_sent_seconds',
    help: 'Time from accepting a request to the provider accepting its message, in seconds',
    labelNames: ['provider'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });
  readonly graphqlOperations = this.counter(
    'injeung_graphql_operations_total',
    'Executed GraphQL root fields, by field and error code',
    ['field', 'code'],
  );
  readonly graphqlRequests = this.counter(
    'injeung_graphql_requests_total',
    "GraphQL requests, by kind of the caller's key (app, admin, unknown or none) and the key's fingerprint",
    ['kind', 'key'],
  );
  readonly rateLimited = this.counter('injeung_rate_limited_total', 'Refusals, by limit', ['limit']);
  /** `type` is empty for messages whose signature or topic was refused. */
  readonly sesEvents = this.counter(
    'injeung_ses_events_total',
    'SES events received by the webhook, by type and result',
    ['type', 'result'],
  );
  /** `status` is empty for receipts whose signature or body was refused. */
  readonly httpReceipts = this.counter(
    'injeung_http_receipts_total',
    "Receipts of the provider http's gateway, by status and result",
    ['status', 'result'],
  );
  readonly events = this.counter(
    'injeung_events_total',
    'Sends of events to EVENTS_URL, by type and outcome: sent, failed, dropped',
    ['type', 'outcome'],
  );
  readonly purgedRows = this.counter(
    'injeung_purged_rows_total',
    'Rows deleted at the end of their retention, by table; rows deleted with them are not counted',
    ['table'],
  );
  readonly humanChecks = this.counter(
    'injeung_human_checks_total',
    'Human checks, by outcome: passed, refused, unavailable',
    ['outcome'],
  );
  readonly overloadRefusals = this.counter(
    'injeung_overload_refusals_total',
    'Requests refused because the server is overloaded, by cause',
    ['cause'],
  );
  readonly untrustedForwardings = this.counter(
    'injeung_untrusted_forwarding_requests_total',
    'Requests with a forwarded client address that TRUST_PROXY does not trust',
    [],
  );

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

  /** Registers a gauge whose value is read at each request for `/metrics`. */
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

  /** Like `gauge`, with one value per label. */
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

  private counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

function orElse<T>(value: Promise<T>, otherwise: T): Promise<T> {
  const read = value.catch(() => otherwise);
  return raceTimeout(READING_MS, read, otherwise);
}
