import { type Provider, type Receipt } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { type Logger } from '../../observability/logger';
import { type Channel } from '../../recipients/channel';
import { withTimeoutSignal } from '../../shared/with-timeout-signal';
import { claimReceipts, type DueReceipt } from './claim-receipts';
import { type PolledReceiptRecorder } from './polled-receipt-recorder';

/** How many receipts are queried at once. */
const BATCH = 20;
/** When a claimed receipt is due again, in milliseconds, for the case that this node dies before it records the answer. */
const CLAIM_MS = 30_000;

export interface ReceiptPollerDeps {
  database: Database;
  providers: Record<Channel, readonly Provider[]>;
  recorder: PolledReceiptRecorder;
  logger: Logger;
  settings: {
    /** How often due receipts are claimed, in milliseconds. */
    pollMs: number;
    /** How long a provider may take to answer, in milliseconds. */
    timeoutMs: number;
  };
}

/**
 * Queries providers for receipts of the messages that they accepted. Rows are claimed, so only one node queries for each
 * message. `PolledReceiptRecorder` acts on the answers.
 */
export class ReceiptPoller {
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> = Promise.resolve();
  private stopping = false;
  /** The providers that can be queried, by name. */
  private readonly providers: Map<string, Provider>;

  constructor(private readonly deps: ReceiptPollerDeps) {
    const all = Object.values(deps.providers).flat();
    const withReceipts = all.filter((provider) => provider.receipt !== undefined);
    this.providers = new Map(withReceipts.map((provider) => [provider.name, provider]));
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
    const { database, recorder, logger } = this.deps;
    try {
      const receipts = await claimReceipts(database, BATCH, CLAIM_MS);
      await Promise.all(receipts.map(async (due) => recorder.record(due, await this.query(due))));
    } catch (error) {
      logger.warn({ err: error }, 'receipts cannot be queried now; they are queried again soon');
    }
  }

  /** @returns null when the provider gave no answer, or when the settings no longer contain it. */
  private async query(due: DueReceipt): Promise<Receipt | null> {
    const provider = this.providers.get(due.provider);
    if (!provider?.receipt) return null;
    try {
      return await withTimeoutSignal(this.deps.settings.timeoutMs, (signal) =>
        provider.receipt!(due.provider_message_id, signal),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      this.deps.logger.warn(
        { delivery: due.id, verification: due.verification_id, provider: due.provider, error: reason },
        'the receipt of a message could not be queried',
      );
      return null;
    }
  }
}
