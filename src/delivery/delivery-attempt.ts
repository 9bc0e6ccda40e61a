import {
  type Accepted,
  type Channel,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
} from '../channels/provider.types';
import { outlast } from '../database/outlast';
import { type Logger } from '../shared/logger';
import { type Metrics } from '../shared/metrics';
import { storable } from '../shared/storable';
import { withDeadline } from '../shared/with-deadline';
import { LEASE_MS } from './delivery-queue';
import { type DeliveryRepository } from './delivery.repository';
import { Pacer } from '../channels/pacer';
import { afterFailure, nextProvider, type Progress } from './retry-policy';

/** One claim of one delivery. */
export interface Job extends Progress {
  id: string;
  verificationId: string;
  channel: Channel;
  lease: string;
  /** Epoch milliseconds, or null when no earlier try may have succeeded unseen. */
  uncertainSince: number | null;
  /** When this node got the claim, by its monotonic clock. */
  claimedAt: number;
  /** How old the delivery was then, in milliseconds. */
  ageAtClaimMs: number;
  /** The provider may have the message by now: to send it again would be to send it twice. */
  handed?: true;
}

/**
 * What a provider did is known to nobody else, so to record it outlasts a database that is away: were it lost, the
 * lease's next owner would send again. In milliseconds; the lease guards the row should somebody else have it by then.
 */
const RECORDING_MS = 10 * 60_000;

/** How long a message waits for its turn while it holds a place among those being sent, in milliseconds. */
const PATIENCE_MS = 2_000;

export interface AttemptSettings {
  /** How long a provider may take for one call, in milliseconds. */
  sendTimeoutMs: number;
  /** When a provider that can be asked is first asked what became of a message, in milliseconds. */
  firstReceiptMs: number;
}

/** Carries one message to the provider whose turn it is, and records what came of it. */
export class DeliveryAttempt {
  private readonly pacers = new Map<string, Pacer>();

  constructor(
    private readonly repository: DeliveryRepository,
    private readonly providers: Record<Channel, readonly Provider[]>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly settings: AttemptSettings,
  ) {}

  /** @returns how long until the next try is due, in milliseconds, or null when there is none. */
  async run(job: Job, message: OutgoingMessage): Promise<number | null> {
    const list = this.providers[job.channel];
    const name = nextProvider(
      list.map((provider) => provider.name),
      job,
    );
    const provider = list.find((candidate) => candidate.name === name);
    if (!provider) {
      await this.fail(job, {
        failure: 'SENDER_REFUSED',
        provider: null,
        lastError: 'no provider is left',
        tried: false,
      });
      return null;
    }
    const waitMs = await this.pacer(provider).turn(PATIENCE_MS);
    // A process that was stopped past its lease must not send what another node has taken over by now.
    const tooOld = performance.now() - job.claimedAt > LEASE_MS - 2 * this.settings.sendTimeoutMs;
    if (waitMs > 0 || tooOld) return this.comeBack(job, Math.ceil(waitMs));
    const startedAt = Date.now();
    job.handed = true;
    let accepted: Accepted;
    try {
      accepted = await this.hand(provider, message, job);
    } catch (error) {
      return this.recover(job, provider, asDeliveryError(error, this.logger), startedAt);
    }
    await this.succeed(job, provider, accepted);
    if (job.channel === 'SMS') this.metrics.sms.count('sent', message.to);
    return null;
  }

  /** Back into the queue untried: neither a lease nor a place among those being sent is held while waiting. */
  private async comeBack(job: Job, inMs: number): Promise<number> {
    await this.repository.release([job], inMs);
    return inMs;
  }

  /** Ends a delivery that must not be sent any more. */
  async abandon(job: Job, failure: 'EXPIRED' | 'NO_LONGER_NEEDED'): Promise<void> {
    await this.fail(job, { failure, provider: null, lastError: null, tried: false });
  }

  private async hand(provider: Provider, message: OutgoingMessage, { uncertainSince, verificationId }: Job) {
    const { sendTimeoutMs } = this.settings;
    if (uncertainSince !== null && provider.lookup) {
      const found = await this.lookUp(provider, message, uncertainSince, verificationId).catch(
        (error: unknown) => {
          // The outcome is still unknown, so sending now could send the message twice.
          const { message: reason } = asDeliveryError(error, this.logger);
          throw new DeliveryError('unknown', `look-up failed: ${reason}`);
        },
      );
      if (found) return found;
    }
    return withDeadline(sendTimeoutMs, (signal) => provider.send(message, signal));
  }

  private async lookUp(provider: Provider, message: OutgoingMessage, since: number, verificationId: string) {
    const known = await this.repository.recordedMessageIds(verificationId);
    return withDeadline(this.settings.sendTimeoutMs, (signal) =>
      provider.lookup!(message, { since, known }, signal),
    );
  }

  private async succeed(
    job: Job,
    provider: Provider,
    accepted: { providerMessageId: string; delivered?: true },
  ) {
    this.metrics.deliveryAttempted(provider.name, 'sent');
    const delivered = accepted.delivered === true;
    const sent = {
      provider: provider.name,
      providerMessageId: storable(accepted.providerMessageId),
      delivered,
      receiptInMs: provider.receipt && !delivered ? this.settings.firstReceiptMs : null,
    };
    const kept = await this.record(job, () => this.repository.completeSent(job, sent));
    if (!kept) return this.leaseLost(job);
    const seconds = (job.ageAtClaimMs + performance.now() - job.claimedAt) / 1000;
    this.metrics.sent(provider.name, seconds);
    this.metrics.deliveryEnded(job.channel, delivered ? 'DELIVERED' : 'SENT', null);
    this.logger.info({ delivery: job.id, provider: provider.name, seconds }, 'message sent');
  }

  private async recover(
    job: Job,
    provider: Provider,
    error: DeliveryError,
    startedAt: number,
  ): Promise<number | null> {
    this.metrics.deliveryAttempted(provider.name, error.kind);
    const names = this.providers[job.channel].map(({ name }) => name);
    const step = afterFailure(names, job, provider.name, error, provider.lookup !== undefined, Math.random());
    const lastError = storable(
      [provider.name, error.options.providerCode, error.message].filter(Boolean).join(': '),
    );
    const details = { delivery: job.id, provider: provider.name, kind: error.kind, error: lastError };
    if (step.action === 'fail') {
      this.logger.warn({ ...details, failure: step.failure }, 'message failed');
      job.ruledOut = step.ruledOut;
      await this.fail(job, { ...step, provider: provider.name, lastError, tried: true });
      return null;
    }
    this.logger.warn({ ...details, retryInMs: step.delayMs }, 'message will be tried again');
    const next = {
      provider: step.provider,
      ruledOut: step.ruledOut.join(','),
      rounds: step.rounds,
      delayMs: step.delayMs,
      uncertainSince: step.lookup ? (job.uncertainSince ?? startedAt) : null,
      lastError,
    };
    const kept = await this.record(job, () => this.repository.retry(job, next));
    if (!kept) this.leaseLost(job);
    return step.delayMs;
  }

  private async fail(
    job: Job,
    end: {
      failure: Parameters<DeliveryRepository['completeFailed']>[1]['failure'];
      provider: string | null;
      lastError: string | null;
      tried: boolean;
    },
  ): Promise<void> {
    const failed = { ...end, ruledOut: job.ruledOut.join(',') };
    const kept = await this.record(job, () => this.repository.completeFailed(job, failed));
    if (!kept) return this.leaseLost(job);
    this.metrics.deliveryEnded(job.channel, 'FAILED', end.failure);
  }

  /** Writes what became of the job, once more where its lease was renewed in the meantime; false when it is lost. */
  private async record(job: Job, write: () => Promise<boolean>): Promise<boolean> {
    for (;;) {
      const { lease } = job;
      const kept = await outlast(RECORDING_MS, write);
      // The dispatcher may have renewed what was just given back: nobody sends it then.
      if (kept && job.lease !== lease) await this.repository.release([job]);
      if (kept || job.lease === lease) return kept;
    }
  }

  private leaseLost(job: Job): void {
    this.logger.warn(
      { delivery: job.id },
      'lease was lost: another node has this delivery, or its recipient was erased',
    );
  }

  private pacer(provider: Provider): Pacer {
    let pacer = this.pacers.get(provider.name);
    if (!pacer) {
      pacer = new Pacer(async () => (await provider.maxPerSecond?.()) ?? null);
      this.pacers.set(provider.name, pacer);
    }
    return pacer;
  }
}

function asDeliveryError(error: unknown, logger: Logger): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  logger.error(
    { error: name, stack: error instanceof Error ? error.stack : undefined },
    'a provider broke its promise',
  );
  return new DeliveryError('unknown', `unexpected ${name}`);
}
