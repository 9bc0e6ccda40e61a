import { type DeliveryFailure, type Provider } from '../../channels/provider.types';
import { type Channel } from '../../recipients/channel';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { storable } from '../../shared/storable';
import { withTimeoutSignal } from '../../shared/with-timeout-signal';
import { type Database } from '../../database/database';
import { type MessageSource } from '../message-source.types';
import { backoffMs } from '../retry-policy';
import { claimReceipts, type DueReceipt } from './claim-receipts';
import { recordPolledReceipt } from './record-polled-receipt';
import { requeueAfterReceipt } from './requeue-after-receipt';
import { scheduleReceipt } from './schedule-receipt';

const BATCH = 20;
/** Should this node die while it asks, another asks again after this long. */
const CLAIM_MS = 30_000;
/** Pauses between two questions about a message grow by two up to this many times the first one. */
const LONGEST_PAUSE = 15;
/** After the code's end a last answer is still waited for this long: the operator's figures want it. */
const GRACE_MS = 60_000;

export interface ReceiptSettings {
  /** How long after the acceptance a message is first asked after, in milliseconds. */
  firstPauseMs: number;
  /** How long a provider may take to answer, in milliseconds. */
  timeoutMs: number;
}

/**
 * Asks providers that can be asked what became of their messages: after 2, 4, 8 ... seconds, 30 at most, until the
 * code is settled or has expired. Rows are claimed, so each is asked after by one node.
 */
export class ReceiptFollower {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private stopping = false;
  private readonly providers: Map<string, Provider>;

  constructor(
    private readonly database: Database,
    providers: Record<Channel, readonly Provider[]>,
    private readonly source: MessageSource,
    private readonly onRequeue: () => void,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly settings: ReceiptSettings,
  ) {
    const following = Object.values(providers)
      .flat()
      .filter((provider) => 'receipt' in provider);
    this.providers = new Map(following.map((provider) => [provider.name, provider]));
  }

  /** Does nothing when no provider can be asked. */
  start(): void {
    if (this.providers.size > 0) this.schedule();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, this.settings.firstPauseMs / 2);
  }

  private async look(): Promise<void> {
    try {
      const due = await claimReceipts(this.database, BATCH, CLAIM_MS);
      await Promise.all(due.map((receipt) => this.follow(receipt)));
    } catch (error) {
      this.logger.warn({ err: error }, 'receipts cannot be queried now; they are queried again soon');
    }
  }

  private async follow(due: DueReceipt): Promise<void> {
    const receipt = await this.ask(due);
    if (receipt === null || receipt.state === 'pending') return this.again(due);
    if (receipt.state === 'delivered') return this.settle(due, 'DELIVERED', null);
    const providerCode = receipt.providerCode ?? '';
    this.logger.warn(
      { delivery: due.id, verification: due.verification_id, provider: due.provider, providerCode },
      'message was not delivered',
    );
    if (receipt.retryable && (await this.stillWanted(due))) {
      const delayMs = backoffMs(due.receipt_checks, Math.random());
      if (
        await requeueAfterReceipt(
          this.database,
          due.id,
          delayMs,
          storable(`${due.provider}: ${providerCode}`),
        )
      ) {
        setTimeout(this.onRequeue, delayMs).unref();
      }
      return;
    }
    return this.settle(due, 'FAILED', receipt.failure);
  }

  private async ask(due: DueReceipt) {
    const provider = this.providers.get(due.provider);
    try {
      const receipt = provider?.receipt?.bind(provider, due.provider_message_id);
      return receipt ? await withTimeoutSignal(this.settings.timeoutMs, receipt) : null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.logger.warn(
        { delivery: due.id, verification: due.verification_id, provider: due.provider, error: reason },
        'receipt could not be read',
      );
      return null;
    }
  }

  private async again(due: DueReceipt): Promise<void> {
    const over =
      due.now > due.expires_at + GRACE_MS || !(due.now > due.expires_at || (await this.stillWanted(due)));
    const pauseMs =
      this.settings.firstPauseMs * Math.min(2 ** Math.min(due.receipt_checks, 10), LONGEST_PAUSE);
    await scheduleReceipt(this.database, due.id, over ? null : pauseMs);
  }

  private async stillWanted(due: DueReceipt): Promise<boolean> {
    return typeof (await this.source.message(due.verification_id, due.id)) !== 'string';
  }

  private async settle(due: DueReceipt, status: 'DELIVERED' | 'FAILED', failure: DeliveryFailure | null) {
    if (await recordPolledReceipt(this.database, due.id, status, failure)) {
      this.metrics.deliveriesEnded.inc({ channel: due.channel, status, failure: failure ?? '' });
    }
  }
}
