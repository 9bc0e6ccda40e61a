import {
  type Accepted,
  type Channel,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
} from '../channels/provider.types';
import { Pacer } from '../channels/pacer';
import { type Logger } from '../shared/logger';
import { withDeadline } from '../shared/with-deadline';
import { type DeliveryOutcomes, type Job } from './delivery-outcomes';
import { LEASE_MS } from './delivery-queue';
import { nextProvider } from './retry-policy';

/** How long a message waits for its turn while it holds a place among those being sent, in milliseconds. */
const PATIENCE_MS = 2_000;

/** Sends one message through the provider whose turn it is, and has the outcome recorded. */
export class DeliveryAttempt {
  private readonly pacers = new Map<string, Pacer>();

  constructor(
    private readonly outcomes: DeliveryOutcomes,
    private readonly providers: Record<Channel, readonly Provider[]>,
    private readonly logger: Logger,
    /** How long a provider may take for one call, in milliseconds. */
    private readonly sendTimeoutMs: number,
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
      await this.outcomes.fail(job, {
        failure: 'SENDER_REFUSED',
        provider: null,
        lastError: 'no provider is left',
        tried: false,
      });
      return null;
    }
    const waitMs = await this.pacer(provider).turn(PATIENCE_MS);
    // A process that was stopped past its lease must not send what another node has taken over by now.
    const tooOld = performance.now() - job.claimedAt > LEASE_MS - 2 * this.sendTimeoutMs;
    if (waitMs > 0 || tooOld) return this.outcomes.comeBack(job, Math.ceil(waitMs));
    const startedAt = Date.now();
    job.handed = true;
    let accepted: Accepted;
    try {
      accepted = await this.hand(provider, message, job);
    } catch (error) {
      return this.outcomes.recover(job, provider, asDeliveryError(error, this.logger), startedAt);
    }
    await this.outcomes.succeed(job, provider, accepted, message.to);
    return null;
  }

  private async hand(provider: Provider, message: OutgoingMessage, { uncertainSince, verificationId }: Job) {
    const { sendTimeoutMs } = this;
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
    const known = await this.outcomes.recordedMessageIds(verificationId);
    return withDeadline(this.sendTimeoutMs, (signal) => provider.lookup!(message, { since, known }, signal));
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
