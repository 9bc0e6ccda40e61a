import { type DeliveryFailure, type Receipt } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { toStorableText } from '../../shared/to-storable-text';
import { type Dispatcher } from '../dispatcher';
import { type MessageSource } from '../message-source.types';
import { backoffMs } from '../retry-policy';
import { type DueReceipt } from './claim-receipts';
import { requeueAfterReceipt } from './requeue-after-receipt';
import { scheduleReceipt } from './schedule-receipt';
import { storePolledReceipt } from './store-polled-receipt';

/** The pause between two queries for a message doubles until it is this many times the first one. */
const LONGEST_PAUSE = 15;
/** How long a message is still queried after its code has expired, in milliseconds. It completes the operator's statistics. */
const GRACE_MS = 60_000;

export interface PolledReceiptRecorderDeps {
  database: Database;
  source: MessageSource;
  dispatcher: Pick<Dispatcher, 'wakeAfter'>;
  metrics: Metrics;
  logger: Logger;
  /** The pause between the first two queries for a message, in milliseconds. */
  firstPauseMs: number;
}

/**
 * Records a provider's answer about a message. A pending message is queried again until its code was used, canceled or
 * has expired. A message that failed for a temporary reason is sent again while its code can be used.
 */
export class PolledReceiptRecorder {
  constructor(private readonly deps: PolledReceiptRecorderDeps) {}

  /** @param receipt null when the provider gave no answer. */
  async record(due: DueReceipt, receipt: Receipt | null): Promise<void> {
    if (receipt === null || receipt.state === 'pending') return this.scheduleNext(due);
    if (receipt.state === 'delivered') return this.store(due, 'DELIVERED', null);
    const { failure, retryable, providerCode = '' } = receipt;
    this.deps.logger.warn(
      { delivery: due.id, verification: due.verification_id, provider: due.provider, providerCode },
      'message was not delivered',
    );
    if (retryable && (await this.codeIsUsable(due))) return this.sendAgain(due, providerCode);
    return this.store(due, 'FAILED', failure);
  }

  private async scheduleNext(due: DueReceipt): Promise<void> {
    const { database, firstPauseMs } = this.deps;
    const pauseMs = firstPauseMs * Math.min(2 ** Math.min(due.receipt_checks, 10), LONGEST_PAUSE);
    await scheduleReceipt(database, due.id, (await this.needsReceipt(due)) ? pauseMs : null);
  }

  private async needsReceipt(due: DueReceipt): Promise<boolean> {
    if (due.now > due.expires_at) return due.now <= due.expires_at + GRACE_MS;
    return this.codeIsUsable(due);
  }

  private async sendAgain(due: DueReceipt, providerCode: string): Promise<void> {
    const delayMs = backoffMs(due.receipt_checks, Math.random());
    const lastError = toStorableText(`${due.provider}: ${providerCode}`);
    const requeued = await requeueAfterReceipt(this.deps.database, due.id, delayMs, lastError);
    if (requeued) this.deps.dispatcher.wakeAfter(delayMs);
  }

  /** Whether the code can still be verified, so that its message is worth sending. */
  private async codeIsUsable(due: DueReceipt): Promise<boolean> {
    return typeof (await this.deps.source.message(due.verification_id, due.id)) !== 'string';
  }

  private async store(
    due: DueReceipt,
    status: 'DELIVERED' | 'FAILED',
    failure: DeliveryFailure | null,
  ): Promise<void> {
    if (!(await storePolledReceipt(this.deps.database, due.id, status, failure))) return;
    this.deps.metrics.deliveriesEnded.inc({ channel: due.channel, status, failure: failure ?? '' });
  }
}
