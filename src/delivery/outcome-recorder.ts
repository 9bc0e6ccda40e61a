import { type Provider } from '../channels/provider.types';
import { type Database } from '../database/database';
import { retryWhileUnavailable } from '../database/retry-while-unavailable';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type Channel } from '../recipients/channel';
import { toStorableText } from '../shared/to-storable-text';
import { type ClaimedDelivery } from './claimed-delivery';
import { completeFailed, type FailedDelivery } from './queue/complete-failed';
import { completeSent } from './queue/complete-sent';
import { releaseDelivery } from './queue/release-delivery';
import { retryDelivery } from './queue/retry-delivery';
import { decideNextStep } from './retry-policy';
import { type SendOutcome } from './send-outcome';

/**
 * How long recording an outcome is retried while the database is unavailable, in milliseconds. Only this process knows the
 * outcome, so if it were lost, the next owner of the lease would send the message again. Retrying after the lease has
 * expired is safe, because the statements change the row only for the owner of its lease.
 */
const RECORDING_MS = 10 * 60_000;

type Accepted = Extract<SendOutcome, { kind: 'accepted' }>;
type Failed = Extract<SendOutcome, { kind: 'failed' }>;

export interface OutcomeRecorderDeps {
  database: Database;
  providers: Record<Channel, readonly Provider[]>;
  metrics: Metrics;
  logger: Logger;
  /** When a provider is first queried for a receipt, in milliseconds after it accepted the message. */
  firstReceiptMs: number;
}

/** Records the outcomes of claimed deliveries in the database, in the metrics and in the log. */
export class OutcomeRecorder {
  constructor(private readonly deps: OutcomeRecorderDeps) {}

  /** @returns when the delivery is due again, in milliseconds from now, or null when it has ended. */
  async record(delivery: ClaimedDelivery, outcome: SendOutcome): Promise<number | null> {
    switch (outcome.kind) {
      case 'accepted':
        await this.recordAccepted(delivery, outcome);
        return null;
      case 'failed':
        return this.recordFailed(delivery, outcome);
      case 'postponed':
        await this.postpone(delivery, outcome.delayMs);
        return outcome.delayMs;
      case 'abandoned': {
        const { failure, lastError } = outcome;
        const ruledOut = delivery.ruledOut.join(',');
        await this.end(delivery, { failure, lastError, ruledOut, provider: null, sent: false });
        return null;
      }
    }
  }

  private async recordAccepted(
    delivery: ClaimedDelivery,
    { provider, accepted, to }: Accepted,
  ): Promise<void> {
    const { database, metrics, logger, firstReceiptMs } = this.deps;
    metrics.deliveryAttempts.inc({ provider: provider.name, outcome: 'sent' });
    if (delivery.channel === 'SMS') metrics.sms.count('sent', to);
    const delivered = accepted.delivered === true;
    const sent = {
      provider: provider.name,
      providerMessageId: toStorableText(accepted.providerMessageId),
      delivered,
      receiptInMs: provider.receipt && !delivered ? firstReceiptMs : null,
    };
    const recorded = await this.write(delivery, () => {
      const { id, lease } = delivery;
      return database.execute(completeSent, { claim: { id, lease }, ...sent });
    });
    if (!recorded) return;
    const seconds = (delivery.ageAtClaimMs + performance.now() - delivery.claimedAt) / 1000;
    metrics.requestToSentSeconds.observe({ provider: provider.name }, seconds);
    const status = delivered ? 'DELIVERED' : 'SENT';
    metrics.deliveriesEnded.inc({ channel: delivery.channel, status, failure: '' });
    logger.info(
      { delivery: delivery.id, verification: delivery.verificationId, provider: provider.name, seconds },
      'message sent',
    );
  }

  private async recordFailed(
    delivery: ClaimedDelivery,
    { provider, error, startedAt }: Failed,
  ): Promise<number | null> {
    const { database, providers, metrics, logger } = this.deps;
    metrics.deliveryAttempts.inc({ provider: provider.name, outcome: error.kind });
    const step = decideNextStep({
      providers: providers[delivery.channel].map(({ name }) => name),
      progress: delivery,
      failed: provider.name,
      error,
      canLookUp: provider.lookup !== undefined,
      random: Math.random(),
    });
    const lastError = toStorableText(
      [provider.name, error.options.providerCode, error.message].filter(Boolean).join(': '),
    );
    const details = {
      delivery: delivery.id,
      verification: delivery.verificationId,
      provider: provider.name,
      kind: error.kind,
      error: lastError,
    };
    const ruledOut = step.ruledOut.join(',');
    if (step.action === 'fail') {
      const { failure } = step;
      logger.warn({ ...details, failure }, 'message failed');
      await this.end(delivery, { failure, lastError, ruledOut, provider: provider.name, sent: true });
      return null;
    }
    const { delayMs, lookup, rounds, unknownOutcomes } = step;
    logger.warn({ ...details, retryInMs: delayMs }, 'message will be sent again');
    const uncertainSince = lookup ? (delivery.uncertainSince ?? startedAt) : null;
    const retry = {
      provider: step.provider,
      ruledOut,
      rounds,
      unknownOutcomes,
      delayMs,
      uncertainSince,
      lastError,
    };
    await this.write(delivery, () => retryDelivery(database, delivery, retry));
    return delayMs;
  }

  private async postpone(delivery: ClaimedDelivery, delayMs: number): Promise<void> {
    const { database } = this.deps;
    const { lease } = delivery;
    await releaseDelivery(database, delivery, delayMs);
    delivery.stage = 'recorded';
    if (delivery.lease !== lease) await releaseDelivery(database, delivery, delayMs);
  }

  private async end(delivery: ClaimedDelivery, failed: FailedDelivery): Promise<void> {
    const { database, metrics } = this.deps;
    const recorded = await this.write(delivery, () => completeFailed(database, delivery, failed));
    if (!recorded) return;
    metrics.deliveriesEnded.inc({ channel: delivery.channel, status: 'FAILED', failure: failed.failure });
  }

  /**
   * Runs the statement that records an outcome, again if the dispatcher renewed the lease in the meantime.
   *
   * @returns false when the lease was lost.
   */
  private async write(delivery: ClaimedDelivery, statement: () => Promise<boolean>): Promise<boolean> {
    const { database, logger } = this.deps;
    for (;;) {
      const { lease } = delivery;
      const recorded = await retryWhileUnavailable(RECORDING_MS, statement);
      if (recorded) {
        delivery.stage = 'recorded';
        // The statement put the delivery back into the queue, and the dispatcher renewed the lease before this line.
        if (delivery.lease !== lease) await releaseDelivery(database, delivery);
        return true;
      }
      if (delivery.lease === lease) break;
    }
    logger.warn(
      { delivery: delivery.id, verification: delivery.verificationId },
      'the lease was lost: another node has claimed the delivery, or its recipient was erased',
    );
    return false;
  }
}
