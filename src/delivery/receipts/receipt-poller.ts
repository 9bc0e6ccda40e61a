import { DeliveryError, type Provider, type Receipt } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { type Logger } from '../../observability/logger';
import { type Channel } from '../../recipients/channel';
import { withTimeoutSignal } from '../../shared/with-timeout-signal';
import { type MessageSource } from '../message-source.types';
import { claimEarlierReceipts, claimReceipts, type DueReceipt } from './claim-receipts';
import { type ReceiptRecorder } from './receipt-recorder';
import { type ReportedSend } from './reported-send';
import { scheduleReceipt } from './schedule-receipt';

/** How many receipts are queried at once. */
const BATCH = 20;
/**
 * When a claimed receipt is due again, in milliseconds, for the case that this node dies before it records the answer.
 */
const CLAIM_MS = 30_000;
/**
 * The shortest time that a provider has to answer when the deadline of its receipt is near or has passed, in
 * milliseconds.
 */
const LAST_QUERY_MS = 1_000;
/** The pause between two queries for a message doubles until it is this many times the first one. */
const LONGEST_PAUSE = 15;
/**
 * How long a message is still queried after its code has expired, in milliseconds. It completes the operator's
 * statistics.
 */
const GRACE_MS = 60_000;

export interface ReceiptPollerDeps {
  database: Database;
  providers: Record<Channel, readonly Provider[]>;
  source: MessageSource;
  recorder: ReceiptRecorder;
  logger: Logger;
  settings: {
    /** How often due receipts are claimed, in milliseconds. */
    pollMs: number;
    /** The pause between the first two queries for a message, in milliseconds. */
    firstPauseMs: number;
    /** How long a provider may take to answer, in milliseconds. */
    timeoutMs: number;
  };
}

/**
 * Queries providers for receipts of the messages that they accepted. Rows are claimed, so only one node queries for
 * each message. `ReceiptRecorder` acts on the answers.
 *
 * A pending message is queried again until its code was used, canceled or has expired.
 */
export class ReceiptPoller {
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> = Promise.resolve();
  private stopping = false;
  /** The providers that can be queried, by name. */
  private readonly providers: Map<string, Provider>;
  /** Whether deliveries can move on before their receipt has come. */
  private readonly hasDeadlines: boolean;

  constructor(private readonly deps: ReceiptPollerDeps) {
    const all = Object.values(deps.providers).flat();
    const withReceipts = all.filter((provider) => provider.receipt !== undefined);
    this.providers = new Map(withReceipts.map((provider) => [provider.name, provider]));
    this.hasDeadlines = withReceipts.some(({ receiptDeadlineMs }) => receiptDeadlineMs !== undefined);
  }

  /** Does nothing when no provider can be queried. */
  start(): void {
    if (this.providers.size > 0) this.schedule();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.polling;
  }

  private schedule(): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.polling = this.poll().finally(() => this.schedule());
    }, this.deps.settings.pollMs);
  }

  private async poll(): Promise<void> {
    try {
      for (let more = true; more && !this.stopping;) more = await this.followBatch();
    } catch (error) {
      this.deps.logger.warn({ err: error }, 'receipts cannot be queried now; they are queried again soon');
    }
  }

  /** @returns whether more messages may be due. */
  private async followBatch(): Promise<boolean> {
    const { database } = this.deps;
    const latest = await claimReceipts(database, BATCH, CLAIM_MS);
    const earlier = this.hasDeadlines ? await claimEarlierReceipts(database, BATCH, CLAIM_MS) : [];
    await Promise.all([...latest, ...earlier].map((due) => this.follow(due)));
    return latest.length === BATCH || earlier.length === BATCH;
  }

  private async follow(due: DueReceipt): Promise<void> {
    const receipt = await this.query(due);
    if (receipt === null || receipt.state === 'pending') return this.wait(due);
    const detail = receipt.state === 'failed' ? (receipt.providerCode ?? receipt.failure) : '';
    await this.deps.recorder.record({ ...sendOf(due), receipt, detail });
  }

  /** Schedules the next query, or passes the message on when its provider has had enough time. */
  private async wait(due: DueReceipt): Promise<void> {
    const { database, recorder, settings } = this.deps;
    const pauseMs = settings.firstPauseMs * Math.min(2 ** Math.min(due.receipt_checks, 10), LONGEST_PAUSE);
    const deadlineMs = this.deadlineOf(due);
    if (deadlineMs !== null && deadlineMs <= 0 && (await recorder.recordMissing(sendOf(due), pauseMs)))
      return;
    const inMs = deadlineMs !== null && deadlineMs > 0 ? Math.min(pauseMs, deadlineMs) : pauseMs;
    // Counted from the claim, because a provider that does not answer must not delay the next provider.
    await scheduleReceipt(database, due, (await this.needsReceipt(due)) ? due.now + inMs : null);
  }

  /** The time until a message without a receipt goes to the next provider, in milliseconds, or null. */
  private deadlineOf({ number, provider, sent_at, now }: DueReceipt): number | null {
    const deadlineMs = this.providers.get(provider)?.receiptDeadlineMs;
    return number !== null || deadlineMs === undefined ? null : sent_at + deadlineMs - now;
  }

  /** How long the provider may take to answer, in milliseconds. */
  private timeoutOf(due: DueReceipt): number {
    const { timeoutMs } = this.deps.settings;
    const deadlineMs = this.deadlineOf(due);
    return deadlineMs === null ? timeoutMs : Math.min(timeoutMs, Math.max(deadlineMs, LAST_QUERY_MS));
  }

  private async needsReceipt(due: DueReceipt): Promise<boolean> {
    const message = await this.deps.source.message(due.verification_id, due.id);
    // The code may have expired since the receipt was claimed.
    if (message === 'EXPIRED') return due.now <= due.expires_at + GRACE_MS;
    return message !== 'NO_LONGER_NEEDED';
  }

  /** @returns null when the provider gave no answer, or when the settings no longer contain it. */
  private async query(due: DueReceipt): Promise<Receipt | null> {
    const provider = this.providers.get(due.provider);
    if (!provider?.receipt) return null;
    try {
      return await withTimeoutSignal(this.timeoutOf(due), (signal) =>
        provider.receipt!(due.provider_message_id, signal),
      );
    } catch (error) {
      // The message of any other error may quote the answer of the provider.
      const reason = error instanceof DeliveryError ? error.message : (error as Error).name;
      this.deps.logger.warn(
        { delivery: due.id, verification: due.verification_id, provider: due.provider, error: reason },
        'the receipt of a message could not be queried',
      );
      return null;
    }
  }
}

function sendOf({ id, provider, provider_message_id }: DueReceipt): ReportedSend {
  return { deliveryId: id, providers: [provider], providerMessageId: provider_message_id };
}
