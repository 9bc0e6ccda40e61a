import { type DeliveryError, type Provider } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Database } from '../database/database';
import { outlast } from '../database/outlast';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';
import { storable } from '../shared/storable';
import { type Job } from './job';
import { completeFailed, type FailedDelivery } from './queue/complete-failed';
import { completeSent } from './queue/complete-sent';
import { findProviderMessageIds } from './queue/find-provider-message-ids';
import { releaseDelivery } from './queue/release-delivery';
import { retryDelivery } from './queue/retry-delivery';
import { afterFailure } from './retry-policy';

/**
 * What a provider did is known to nobody else, so to record it outlasts a database that is away: were it lost, the
 * lease's next owner would send again. In milliseconds; the lease guards the row should somebody else have it by then.
 */
const RECORDING_MS = 10 * 60_000;

/** Records what became of claimed deliveries: in the database, in the metrics and in the log. */
export class DeliveryOutcomes {
  constructor(
    private readonly database: Database,
    private readonly providers: Record<Channel, readonly Provider[]>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    /** When a provider that can be asked is first asked what became of a message, in milliseconds. */
    private readonly firstReceiptMs: number,
  ) {}

  /** The providers' ids of all messages that are recorded for a verification. */
  recordedMessageIds(verificationId: string): Promise<ReadonlySet<string>> {
    return findProviderMessageIds(this.database, verificationId);
  }

  /** Back into the queue unsent: neither a lease nor a place among those being sent is held while waiting. */
  async comeBack(job: Job, inMs: number): Promise<number> {
    await releaseDelivery(this.database, job, inMs);
    return inMs;
  }

  /** Ends a delivery that must not be sent any more. */
  async abandon(job: Job, failure: 'EXPIRED' | 'NO_LONGER_NEEDED'): Promise<null> {
    await this.fail(job, { failure, provider: null, lastError: null, sent: false });
    return null;
  }

  /** Ends a delivery for which every provider was ruled out. */
  async failWithoutProvider(job: Job): Promise<null> {
    const lastError = 'no provider is left';
    await this.fail(job, { failure: 'SENDER_REFUSED', provider: null, lastError, sent: false });
    return null;
  }

  async succeed(
    job: Job,
    provider: Provider,
    accepted: { providerMessageId: string; delivered?: true },
    to: string,
  ): Promise<void> {
    this.metrics.deliveryAttempts.inc({ provider: provider.name, outcome: 'sent' });
    if (job.channel === 'SMS') this.metrics.sms.count('sent', to);
    const delivered = accepted.delivered === true;
    const sent = {
      provider: provider.name,
      providerMessageId: storable(accepted.providerMessageId),
      delivered,
      receiptInMs: provider.receipt && !delivered ? this.firstReceiptMs : null,
    };
    const kept = await this.record(job, () => completeSent(this.database, job, sent));
    if (!kept) return this.leaseLost(job);
    const seconds = (job.ageAtClaimMs + performance.now() - job.claimedAt) / 1000;
    this.metrics.requestToSentSeconds.observe({ provider: provider.name }, seconds);
    this.metrics.deliveriesEnded.inc({
      channel: job.channel,
      status: delivered ? 'DELIVERED' : 'SENT',
      failure: '',
    });
    this.logger.info(
      { delivery: job.id, verification: job.verificationId, provider: provider.name, seconds },
      'message sent',
    );
  }

  async recover(
    job: Job,
    provider: Provider,
    error: DeliveryError,
    startedAt: number,
  ): Promise<number | null> {
    this.metrics.deliveryAttempts.inc({ provider: provider.name, outcome: error.kind });
    const names = this.providers[job.channel].map(({ name }) => name);
    const step = afterFailure(names, job, provider.name, error, provider.lookup !== undefined, Math.random());
    const lastError = storable(
      [provider.name, error.options.providerCode, error.message].filter(Boolean).join(': '),
    );
    const details = {
      delivery: job.id,
      verification: job.verificationId,
      provider: provider.name,
      kind: error.kind,
      error: lastError,
    };
    if (step.action === 'fail') {
      this.logger.warn({ ...details, failure: step.failure }, 'message failed');
      job.ruledOut = step.ruledOut;
      await this.fail(job, { ...step, provider: provider.name, lastError, sent: true });
      return null;
    }
    this.logger.warn({ ...details, retryInMs: step.delayMs }, 'message will be tried again');
    const next = {
      provider: step.provider,
      ruledOut: step.ruledOut.join(','),
      rounds: step.rounds,
      unknownOutcomes: step.unknownOutcomes,
      delayMs: step.delayMs,
      uncertainSince: step.lookup ? (job.uncertainSince ?? startedAt) : null,
      lastError,
    };
    const kept = await this.record(job, () => retryDelivery(this.database, job, next));
    if (!kept) this.leaseLost(job);
    return step.delayMs;
  }

  private async fail(job: Job, end: Omit<FailedDelivery, 'ruledOut'>): Promise<void> {
    const failed = { ...end, ruledOut: job.ruledOut.join(',') };
    const kept = await this.record(job, () => completeFailed(this.database, job, failed));
    if (!kept) return this.leaseLost(job);
    this.metrics.deliveriesEnded.inc({ channel: job.channel, status: 'FAILED', failure: end.failure });
  }

  /** Writes what became of the job, once more where its lease was renewed in the meantime; false when it is lost. */
  private async record(job: Job, write: () => Promise<boolean>): Promise<boolean> {
    for (;;) {
      const { lease } = job;
      const kept = await outlast(RECORDING_MS, write);
      // The dispatcher may have renewed what was just given back: nobody sends it then.
      if (kept && job.lease !== lease) await releaseDelivery(this.database, job);
      if (kept || job.lease === lease) return kept;
    }
  }

  private leaseLost(job: Job): void {
    this.logger.warn(
      { delivery: job.id, verification: job.verificationId },
      'lease was lost: another node has this delivery, or its recipient was erased',
    );
  }
}
