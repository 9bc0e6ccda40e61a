import { type Channel } from '../recipients/channel';
import { AppError } from '../shared/errors';
import { type EventLoopDelay } from './event-loop-delay';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { raceTimeout } from '../shared/race-timeout';

/** Why new requests are refused. `backlog`: the codes would expire before they are sent. */
export type OverloadCause = 'backlog' | 'event_loop' | 'database';

/** The event loop is saturated when the mean delay of two readings in a row is above this, in milliseconds. */
const SATURATED_DELAY_MS = 500;
/**
 * Requests are accepted again when the measured value is below this share of its threshold, so that the state is
 * stable.
 */
const RECOVERED = 0.5;
/** How long the database may take to answer before it counts as unavailable, in milliseconds. */
const PROBE_TIMEOUT_MS = 2_000;

/** How long clients should wait, in seconds. */
const RETRY_SECONDS: Record<OverloadCause, number> = { backlog: 30, event_loop: 5, database: 5 };

/** The beginning of the error message for clients. */
const REASONS: Record<OverloadCause, string> = {
  backlog: 'messages are waiting longer than their codes are valid, so new requests are refused',
  event_loop: 'this server is overloaded, so new requests are refused',
  database: 'the database is not available, so new requests are refused',
};

export interface OverloadGuardSettings {
  /** How often the causes are measured, in milliseconds. */
  everyMs: number;
  /** How long codes are valid, by channel, in milliseconds. */
  codeLifeMs: Record<Channel, number>;
}

export interface OverloadGuardDeps {
  /** How long the oldest due delivery has waited, in milliseconds. */
  queueWaitMs: () => Promise<number>;
  eventLoop: EventLoopDelay;
  metrics: Metrics;
  logger: Logger;
  settings: OverloadGuardSettings;
}

/**
 * Refuses new requests for codes while the server cannot handle them: when due deliveries have waited longer than a
 * code is valid, when the event loop is saturated, or when the database does not answer. The causes are measured every
 * `everyMs`, so a request only reads the latest result. Checks of codes and queries are never refused.
 */
export class OverloadGuard {
  private readonly closed: Record<Channel, OverloadCause | null> = { EMAIL: null, SMS: null };
  private timer: NodeJS.Timeout | undefined;
  private measuring: Promise<void> = Promise.resolve();
  private stopping = false;
  private saturatedReadings = 0;
  private saturated = false;

  constructor(private readonly deps: OverloadGuardDeps) {}

  start(): void {
    this.deps.eventLoop.start();
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    this.deps.eventLoop.stop();
    await this.measuring;
  }

  /** @throws AppError CHANNEL_UNAVAILABLE with `retryAfterSeconds` while new requests are refused. */
  check(channel: Channel): void {
    const cause = this.closed[channel];
    if (cause === null) return;
    this.deps.metrics.overloadRefusals.inc({ cause });
    const retryAfterSeconds = RETRY_SECONDS[cause];
    const message = `${REASONS[cause]}; try again in ${retryAfterSeconds} seconds`;
    throw new AppError('CHANNEL_UNAVAILABLE', message, { retryAfterSeconds });
  }

  private schedule(): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.measuring = this.measure().finally(() => this.schedule());
    }, this.deps.settings.everyMs);
    this.timer.unref();
  }

  private async measure(): Promise<void> {
    this.measureEventLoop();
    const waitMs = await this.queueWait();
    for (const channel of ['EMAIL', 'SMS'] as const) this.decide(channel, waitMs);
  }

  /**
   * Requires two high readings in a row, because one long turn (a garbage collection, a stopped process) is not
   * saturation.
   */
  private measureEventLoop(): void {
    const delayMs = this.deps.eventLoop.meanMs();
    if (delayMs === null) return;
    this.saturatedReadings = delayMs > SATURATED_DELAY_MS ? this.saturatedReadings + 1 : 0;
    if (this.saturatedReadings >= 2) this.saturated = true;
    else if (delayMs < SATURATED_DELAY_MS * RECOVERED) this.saturated = false;
  }

  /** @returns null when the database does not answer. */
  private queueWait(): Promise<number | null> {
    const wait = this.deps.queueWaitMs().catch(() => null);
    return raceTimeout(PROBE_TIMEOUT_MS, wait, null);
  }

  private decide(channel: Channel, waitMs: number | null): void {
    const before = this.closed[channel];
    const life = this.deps.settings.codeLifeMs[channel];
    const longest = before === 'backlog' ? life * RECOVERED : life;
    const cause = this.saturated
      ? 'event_loop'
      : waitMs === null
        ? 'database'
        : waitMs > longest
          ? 'backlog'
          : null;
    this.closed[channel] = cause;
    if (cause === before) return;
    if (cause === null)
      this.deps.logger.info({ channel }, 'overload has ended: new requests are accepted again');
    else this.deps.logger.error({ channel, cause, waitMs }, 'overload: new requests are refused');
  }
}
