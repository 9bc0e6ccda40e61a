import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What the service counts of itself, for `/metrics`. One instance an application, so that two in one process (as in
 * tests) do not mix. No label ever holds a recipient or an id.
 */
export class Metrics {
  readonly registry = new Registry();

  private readonly requested = new Counter({
    name: 'injeung_verifications_requested_total',
    help: 'Verifications accepted, by channel',
    labelNames: ['channel'],
    registers: [this.registry],
  });
  private readonly checked = new Counter({
    name: 'injeung_code_checks_total',
    help: 'Codes checked, by outcome and, where it is known, channel',
    labelNames: ['channel', 'outcome'],
    registers: [this.registry],
  });
  private readonly attempts = new Counter({
    name: 'injeung_delivery_attempts_total',
    help: 'Tries to hand a message to a provider, by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers: [this.registry],
  });
  private readonly ended = new Counter({
    name: 'injeung_deliveries_ended_total',
    help: 'Deliveries that left the queue, by channel, status and failure',
    labelNames: ['channel', 'status', 'failure'],
    registers: [this.registry],
  });
  private readonly toSent = new Histogram({
    name: 'injeung_request_to_sent_seconds',
    help: 'Time from accepting a code to the provider taking its message',
    labelNames: ['provider'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });
  private readonly operations = new Counter({
    name: 'injeung_graphql_operations_total',
    help: 'GraphQL fields at the root that were executed, by field and error code',
    labelNames: ['field', 'code'],
    registers: [this.registry],
  });
  private readonly refused = new Counter({
    name: 'injeung_rate_limited_total',
    help: 'Refusals by limit',
    labelNames: ['limit'],
    registers: [this.registry],
  });

  /** Process metrics (memory, event loop) are for the server alone: collecting them costs a timer. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Reads a gauge's value when `/metrics` is asked for. */
  gauge(name: string, help: string, read: () => Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
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

  rateLimited(limit: string): void {
    this.refused.inc({ limit });
  }
}
