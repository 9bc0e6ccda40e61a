import { randomUUID } from 'node:crypto';
import { NoAnswer } from '../channels/provider-connection';
import { WebhookConnection } from '../channels/webhook-connection';
import { type Database } from '../database/database';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Clock } from '../shared/clock';
import { reasonOf } from '../shared/errors';
import { withTimeoutSignal } from '../shared/with-timeout-signal';
import { type ClaimedEvent, claimEvents } from './claim-events';
import { eventData } from './event-data';
import { type EventOutcome, EventRecorder } from './event-recorder';
import { type EventSettings } from './event.types';
import { expireEventLeases } from './expire-event-leases';
import { releaseEvent } from './settle-event';

/** How many events a node sends at once. */
const CONCURRENCY = 16;
/** How long the receiver may take to answer, in milliseconds. */
const RECEIVER_MS = 10_000;

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

/**
 * Sends stored events to the operator's back end, signed by Standard Webhooks. Each event is claimed, so one node at a
 * time sends it, and it is deleted when the receiver has answered with 2xx. An event is sent again when a node dies
 * between the two, so the receiver must ignore a `webhook-id` that it knows.
 *
 * A send that takes long occupies one of the places, and the others go on. The next events are claimed when half of the
 * places are free, so that a backlog is claimed in few statements, and at each poll.
 *
 * 410 means that the receiver does not exist any more: the event is dropped, and this node sends no events until it is
 * started again.
 */
export class EventSender {
  /** Null without `EVENTS_URL`: no events are sent. */
  private readonly connection: WebhookConnection | null;
  private readonly recorder: EventRecorder;
  private timer: NodeJS.Timeout | undefined;
  private claiming: Promise<void> | null = null;
  private readonly running = new Set<Promise<void>>();
  /** Whether the last claim filled all places, so that more events may be due. */
  private moreMayBeDue = false;
  private stopping = false;
  private isGone = false;

  constructor(private readonly deps: EventSenderDeps) {
    const { url, secrets } = deps.settings;
    this.connection = url === null ? null : new WebhookConnection({ url, secrets }, deps.clock);
    this.recorder = new EventRecorder(deps);
  }

  /** Call it before the start, so that events of a process that was killed are sent at once. */
  async expireLeasesAtStart(): Promise<void> {
    if (this.connection !== null) await expireEventLeases(this.deps.database);
  }

  start(): void {
    if (this.connection === null) return;
    this.timer = setInterval(() => this.wake(), this.deps.settings.pollMs);
    this.wake();
  }

  /** Claims no more events and waits for the sends that are running, which the receiver's time limit bounds. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.claiming;
    await Promise.all(this.running);
    await this.connection?.close();
  }

  private wake(): void {
    if (this.claiming !== null || this.stopping || this.isGone) return;
    this.claiming = this.claim().finally(() => (this.claiming = null));
  }

  /** Claims as many due events as can be sent now, and begins to send them. */
  private async claim(): Promise<void> {
    const { database, logger } = this.deps;
    const places = CONCURRENCY - this.running.size;
    if (places === 0) return;
    try {
      const events = await claimEvents(database, randomUUID(), places);
      this.moreMayBeDue = events.length === places;
      const ends = this.stopping || this.isGone;
      for (const event of events)
        if (ends) await releaseEvent(database, event);
        else this.begin(event);
    } catch (error) {
      logger.warn({ err: error }, 'events cannot be claimed now; they are claimed again soon');
    }
  }

  private begin(event: ClaimedEvent): void {
    const sending = this.sendAndRecord(event).finally(() => {
      this.running.delete(sending);
      if (this.moreMayBeDue && this.running.size <= CONCURRENCY / 2) this.wake();
    });
    this.running.add(sending);
  }

  /** Never rejects: an event whose outcome is not recorded is sent again when its lease expires. */
  private async sendAndRecord(event: ClaimedEvent): Promise<void> {
    try {
      const outcome = await this.send(event);
      if (outcome === 'gone') this.isGone = true;
      await this.recorder.record(event, outcome);
    } catch (error) {
      this.deps.logger.warn(
        { err: error, event: event.id },
        'the outcome of an event could not be stored; the event is sent again when its lease expires',
      );
    }
  }

  private async send(event: ClaimedEvent): Promise<EventOutcome> {
    const { id, type, createdAt: at } = event;
    try {
      const data = eventData(event, this.deps.vault);
      if (data === null) return 'withdrawn';
      const { status } = await withTimeoutSignal(RECEIVER_MS, (signal) =>
        this.connection!.post({ id, type, at, data }, signal),
      );
      if (status === 410) return 'gone';
      return status >= 200 && status <= 299 ? 'accepted' : { failed: `status ${status}` };
    } catch (error) {
      // An event whose recipient cannot be decrypted fails like every other one, so that it is dropped in the end.
      return { failed: error instanceof NoAnswer ? error.code : reasonOf(error) };
    }
  }
}
