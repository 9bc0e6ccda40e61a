import { type Provider } from '../channels/provider.types';
import { type Database } from '../database/database';
import { retryWhileUnavailable } from '../database/retry-while-unavailable';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { type EventOutbox } from '../events/event-outbox';
import { type Channel } from '../recipients/channel';
import { toStorableText } from '../shared/to-storable-text';
import { type ClaimedDelivery } from './claimed-delivery';
import { type DeliveryStatus } from './delivery.entity';
import { decideNextStep, type NextStep } from './failover-rule';
import { type ProviderPauses } from './provider-pauses';
import { traitsOf } from './provider-traits';
import { completeFailed, type FailedDelivery } from './queue/complete-failed';
import { createCompleteSent } from './queue/complete-sent';
import { releaseDelivery } from './queue/release-delivery';
import { requeueDelivery } from './queue/requeue-delivery';
import { type SendOutcome } from './send-outcome';
import { toEndedSend, toSetback } from './setback';

/**
 * How long recording an outcome is retried while the database is unavailable, in milliseconds. Only this process knows
 * the outcome, so if it were lost, the next owner of the lease would send the message again. Retrying after the lease
 * has expired is safe, because the statements change the row only for the owner of its lease.
 */
const RECORDING_MS = 10 * 60_000;

type Accepted = Extract<SendOutcome, { kind: 'accepted' }>;
type Failed = Extract<SendOutcome, { kind: 'failed' }>;

export interface OutcomeRecorderDeps {
  database: Database;
  providers: Record<Channel, readonly Provider[]>;
  metrics: Metrics;
  logger: Logger;
  pauses: ProviderPauses;
  events: EventOutbox;
  /** When a provider is first queried for a receipt, in milliseconds after it accepted the message. */
  firstReceiptMs: number;
}

/** Records the outcomes of claimed deliveries in the database, in the metrics and in the log. */
export class OutcomeRecorder {
  private readonly completeSent: ReturnType<typeof createCompleteSent>;

  constructor(private readonly deps: OutcomeRecorderDeps) {
    this.completeSent = createCompleteSent(deps.events);
  }

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
        await this.end(delivery, { failure, lastError, ruledOut: delivery.ruledOut, send: null });
        return null;
      }
    }
  }

  private async recordAccepted(
    delivery: ClaimedDelivery,
    { provider, accepted, to }: Accepted,
  ): Promise<void> {
    const { database, metrics, logger, firstReceiptMs } = this.deps;
    metrics.sends.inc({ provider: provider.name, outcome: 'sent' });
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
      return database.execute(this.completeSent, { claim: { id, lease }, ...sent });
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

  private async recordFailed(delivery: ClaimedDelivery, failed: Failed): Promise<number | null> {
    const { provider, error } = failed;
    const { metrics, logger, pauses } = this.deps;
    metrics.sends.inc({ provider: provider.name, outcome: error.kind });
    if (error.options.retryAfterMs) pauses.pause(delivery.channel, provider.name, error.options.retryAfterMs);
    const step = this.nextStep(delivery, failed);
    const send = toEndedSend(provider.name, error);
    const lastError = toStorableText(`${provider.name}: ${send.detail}`);
    const details = {
      delivery: delivery.id,
      verification: delivery.verificationId,
      provider: provider.name,
      kind: error.kind,
      error: lastError,
    };
    if (step.action === 'wait') throw new Error('only a missing receipt makes a delivery wait');
    if (step.action === 'fail') {
      const { failure, ruledOut } = step;
      logger.warn({ ...details, failure }, 'message failed');
      await this.end(delivery, { failure, lastError, ruledOut, send });
      return null;
    }
    const { progress, delayMs } = step;
    const uncertainSince = step.action === 'settle' ? (delivery.uncertainSince ?? failed.startedAt) : null;
    const requeue = { progress, delayMs, uncertainSince, lastError, send };
    await this.write(delivery, () => requeueDelivery(this.deps.database, delivery, requeue));
    const log = error.kind === 'skipped' ? 'debug' : 'warn';
    logger[log]({ ...details, retryInMs: delayMs }, 'message will be sent again');
    return delayMs;
  }

  private nextStep(delivery: ClaimedDelivery, { provider, error }: Failed): NextStep {
    return decideNextStep({
      providers: traitsOf(this.deps.providers[delivery.channel]),
      progress: delivery,
      provider: provider.name,
      setback: toSetback(error),
      pauseOf: this.deps.pauses.of(delivery.channel),
      random: Math.random(),
    });
  }

  private async postpone(delivery: ClaimedDelivery, delayMs: number): Promise<void> {
    const { database } = this.deps;
    const { lease } = delivery;
    await releaseDelivery(database, delivery, delayMs);
    delivery.stage = 'recorded';
    if (delivery.lease !== lease) await releaseDelivery(database, delivery, delayMs);
  }

  private async end(delivery: ClaimedDelivery, failed: FailedDelivery): Promise<void> {
    const { metrics } = this.deps;
    let status: DeliveryStatus | null = null;
    await this.write(delivery, async () => {
      status = await completeFailed(this.deps, delivery, failed);
      return status !== null;
    });
    if (status !== 'FAILED') return;
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
