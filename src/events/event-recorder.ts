import { type Database } from '../database/database';
import { retryWhileUnavailable } from '../database/retry-while-unavailable';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type ClaimedEvent, EVENT_LEASE_MS } from './claim-events';
import { pauseAfter } from './event-schedule';
import { deleteAcceptedEvent, dropEvent, postponeEvent } from './settle-event';

/**
 * How one send of an event ended. `gone`: the receiver answered 410. `withdrawn`: nothing was sent, because the recipient
 * was erased or is not suppressed any more.
 */
export type EventOutcome = 'accepted' | 'gone' | 'withdrawn' | { failed: string };

/** While the receiver is away, thousands of sends may fail. One line for all of them is written in this time. */
const FAILURE_LINE_MS = 60_000;

export interface EventRecorderDeps {
  database: Database;
  metrics: Metrics;
  logger: Logger;
}

/** Records the outcomes of sends of events in the database, in the metrics and in the log. */
export class EventRecorder {
  private nextFailureLineAt = -Infinity;
  /** The failed sends since the last line about one. */
  private failures = 0;

  constructor(private readonly deps: EventRecorderDeps) {}

  async record(event: ClaimedEvent, outcome: EventOutcome): Promise<void> {
    const { database, metrics } = this.deps;
    const { id, type } = event;
    if (outcome === 'accepted') {
      metrics.events.inc({ type, outcome: 'sent' });
      return this.store(() => deleteAcceptedEvent(database, id));
    }
    if (outcome === 'withdrawn') return this.store(() => dropEvent(database, event));
    if (outcome === 'gone') {
      const message =
        'EVENTS_URL answered 410, so the event is dropped and this node sends no events until it is started again';
      return this.drop(event, { sends: event.attempts + 1 }, message);
    }
    const sends = event.attempts + 1;
    const error = outcome.failed;
    const pauseMs = pauseAfter(sends, event.now - event.createdAt);
    if (pauseMs === null)
      return this.drop(
        event,
        { sends, error },
        'an event is dropped, because EVENTS_URL has not accepted it for three days',
      );
    metrics.events.inc({ type, outcome: 'failed' });
    this.reportFailure({ ...namesOf(event), sends, error, retryInMs: pauseMs });
    return this.store(() => postponeEvent(database, event, pauseMs));
  }

  private drop(event: ClaimedEvent, details: object, message: string): Promise<void> {
    const { database, metrics, logger } = this.deps;
    metrics.events.inc({ type: event.type, outcome: 'dropped' });
    logger.error({ ...namesOf(event), ...details }, message);
    return this.store(() => dropEvent(database, event));
  }

  /** Writes one line a minute at level `warn`, about the latest failed send, and the others at level `debug`. */
  private reportFailure(details: object): void {
    const { logger } = this.deps;
    const message = 'events could not be sent; they are sent again';
    this.failures++;
    if (performance.now() < this.nextFailureLineAt) return logger.debug(details, message);
    logger.warn({ ...details, failedSends: this.failures }, message);
    this.nextFailureLineAt = performance.now() + FAILURE_LINE_MS;
    this.failures = 0;
  }

  /**
   * Repeats a statement while the database is not available, but not for longer than the lease: another node may send
   * the event after that.
   */
  private store(statement: () => Promise<void>): Promise<void> {
    return retryWhileUnavailable(EVENT_LEASE_MS, statement);
  }
}

/** What a log line contains to find the event at the receiver and its verification here. */
function namesOf({ id, type, verificationId, deliveryId }: ClaimedEvent): object {
  return { event: id, type, verification: verificationId, delivery: deliveryId };
}
