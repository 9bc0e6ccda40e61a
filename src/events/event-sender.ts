import { randomUUID } from 'node:crypto';
import { NoAnswer, ProviderConnection } from '../channels/provider-connection';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Clock } from '../shared/clock';
import { signWebhook } from '../shared/standard-webhooks';
import { withTimeoutSignal } from '../shared/with-timeout-signal';
import { type ClaimedEvent, claimEvents } from './claim-events';
import { eventBody } from './event-body';
import { pauseAfter } from './event-schedule';
import { type EventSettings } from './event.types';
import { deleteEvent, postponeEvent } from './settle-event';

/** How many events are sent at once. */
const BATCH = 16;
/** How long the receiver may take to answer, in milliseconds. */
const RECEIVER_MS = 10_000;
/** Only the status of an answer is read. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface EventSenderDeps {
  database: Database;
  vault: RecipientVault;
  clock: Clock;
  metrics: Metrics;
  logger: Logger;
  settings: EventSettings & {
    /** How often due events are claimed, in milliseconds. */
    pollMs: number;
  };
}

/** What became of one send of an event. */
type Outcome = 'accepted' | 'gone' | 'erased' | { failed: string };

/**
 * Sends stored events to the operator's back end, signed by Standard Webhooks. Each event is claimed, so one node at a
 * time sends it, and it is deleted when the receiver has answered with 2xx. An event is sent again when a node dies
 * between the two, so the receiver must ignore a `webhook-id` that it knows.
 *
 * 410 means that the receiver does not exist any more: the event is dropped, and this node sends no events until it is
 * started again.
 */
export class EventSender {
  private readonly connection = new ProviderConnection({ maxAnswerBytes: MAX_ANSWER_BYTES });
  private readonly url: URL | null;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private stopping = false;
  private isGone = false;

  constructor(private readonly deps: EventSenderDeps) {
    const { url } = deps.settings;
    this.url = url === null ? null : new URL(url);
  }

  /** Does nothing without `EVENTS_URL`. */
  start(): void {
    if (this.url !== null) this.schedule();
  }

  /** Ends sends that are running. Their events are sent again by another node, or after the next start. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.connection.close();
    await this.sending;
  }

  private schedule(): void {
    if (this.stopping || this.isGone) return;
    this.timer = setTimeout(() => {
      this.sending = this.sendDue().finally(() => this.schedule());
    }, this.deps.settings.pollMs);
  }

  /** Sends until no event is due. */
  private async sendDue(): Promise<void> {
    const { database, logger } = this.deps;
    try {
      for (;;) {
        const lease = randomUUID();
        const events = await claimEvents(database, lease, BATCH);
        await Promise.all(events.map((event) => this.sendAndSettle(event, lease)));
        if (events.length < BATCH || this.stopping || this.isGone) return;
      }
    } catch (error) {
      logger.warn({ err: error }, 'events cannot be sent now; they are sent again soon');
    }
  }

  private async sendAndSettle(event: ClaimedEvent, lease: string): Promise<void> {
    const { database, metrics, logger } = this.deps;
    const { id, type, attempts, createdAt, now } = event;
    const claim = { id, lease };
    const outcome = this.isGone ? 'gone' : await this.send(event);
    if (outcome === 'erased') return deleteEvent(database, claim);
    if (outcome === 'accepted') {
      metrics.events.inc({ type, outcome: 'sent' });
      return deleteEvent(database, claim);
    }
    const about = { event: id, type, verification: event.verificationId, delivery: event.deliveryId };
    if (outcome === 'gone') {
      this.isGone = true;
      metrics.events.inc({ type, outcome: 'dropped' });
      logger.error(
        about,
        'EVENTS_URL answered 410, so the event is dropped and no event is sent until the next start',
      );
      return deleteEvent(database, claim);
    }
    const pauseMs = pauseAfter(attempts, now - createdAt);
    if (pauseMs === null) {
      metrics.events.inc({ type, outcome: 'dropped' });
      logger.error(
        { ...about, attempts, error: outcome.failed },
        'an event is dropped, because EVENTS_URL has not accepted it for three days',
      );
      return deleteEvent(database, claim);
    }
    metrics.events.inc({ type, outcome: 'failed' });
    logger.warn(
      { ...about, attempts, error: outcome.failed, retryInMs: pauseMs },
      'an event could not be sent',
    );
    return postponeEvent(database, claim, pauseMs);
  }

  private async send(event: ClaimedEvent): Promise<Outcome> {
    const { vault, clock, settings } = this.deps;
    const { origin, pathname, search } = this.url!;
    const body = eventBody(event, vault);
    if (body === null) return 'erased';
    const headers = {
      'content-type': 'application/json',
      ...signWebhook(settings.secrets, { id: event.id, nowMs: clock.now(), body }),
    };
    const call = { method: 'POST' as const, origin, path: pathname + search, headers, body };
    try {
      const { status } = await withTimeoutSignal(RECEIVER_MS, (signal) =>
        this.connection.call({ ...call, signal }),
      );
      if (status === 410) return 'gone';
      return status >= 200 && status <= 299 ? 'accepted' : { failed: `status ${status}` };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return { failed: error.code };
    }
  }
}
