import { Pacer } from '../channels/pacer';
import {
  type Accepted,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
} from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Logger } from '../observability/logger';
import { withDeadline } from '../shared/with-deadline';
import { type DeliveryOutcomes } from './delivery-outcomes';
import { type Job } from './job';
import { type ComposedMessage } from './message-source.types';
import { LEASE_MS } from './queue/lease';
import { nextProvider } from './retry-policy';

/** How long a message waits for its turn while it holds a place among those being sent, in milliseconds. */
const PATIENCE_MS = 2_000;

/** A send that waited longer than this, in milliseconds, reads its verification again before it begins. */
const LONG_WAIT_MS = 100;

/** Makes the message. `readAgain`: its verification may have ended since, so it is read from the database. */
export type Compose = (readAgain: boolean) => Promise<ComposedMessage>;

/** A send that has its turn and what it needs; one of the two is called, once. */
interface ReadySend {
  send(message: OutgoingMessage): Promise<Accepted>;
  cancel(): void;
}

/** Sends one message through the provider whose turn it is, and has the outcome recorded. */
export class DeliveryAttempt {
  private readonly pacers = new Map<string, Pacer>();
  private stopping = false;

  constructor(
    private readonly outcomes: DeliveryOutcomes,
    private readonly providers: Record<Channel, readonly Provider[]>,
    private readonly logger: Logger,
    /** How long a provider may take for one call, in milliseconds. */
    private readonly sendTimeoutMs: number,
  ) {}

  /** The node is shutting down: a message that had to wait goes back into the queue instead of being sent. */
  stop(): void {
    this.stopping = true;
  }

  /**
   * Sends the message of a claimed delivery, unless it must not be sent any more.
   *
   * @param compose is called again after a long wait, because the verification may have been canceled or its recipient
   *   erased in the meantime.
   * @returns how long until the next send is due, in milliseconds, or null when there is none.
   */
  async run(job: Job, compose: Compose): Promise<number | null> {
    const message = await compose(false);
    const composedAt = performance.now();
    if (typeof message === 'string') return this.outcomes.abandon(job, message);
    const provider = this.providerFor(job);
    if (!provider) return this.outcomes.failWithoutProvider(job);
    const waitMs = await this.pacer(provider).turn(PATIENCE_MS);
    // A process that was stopped past its lease must not send what another node has taken over by now.
    if (waitMs > 0 || leaseLeftMs(job) < 2 * this.sendTimeoutMs)
      return this.outcomes.comeBack(job, Math.ceil(waitMs));
    let ready: ReadySend;
    try {
      ready = await this.prepare(job, provider);
    } catch (error) {
      return this.outcomes.recover(job, provider, asDeliveryError(error, this.logger), Date.now());
    }
    const waitedLong = performance.now() - composedAt > LONG_WAIT_MS;
    if (!waitedLong) return this.handOver(job, provider, ready, message);
    return this.handOverIfStillDue(job, provider, ready, () => compose(true));
  }

  private async prepare(job: Job, provider: Provider): Promise<ReadySend> {
    if (!provider.prepare)
      return { send: (message) => this.lookUpOrSend(job, provider, message), cancel: () => undefined };
    const held = await withDeadline(this.sendTimeoutMs, (signal) => provider.prepare!(signal));
    return {
      send: (message) => withDeadline(this.sendTimeoutMs, (signal) => held.send(message, signal)),
      cancel: () => held.cancel(),
    };
  }

  private async handOverIfStillDue(
    job: Job,
    provider: Provider,
    ready: ReadySend,
    compose: () => Promise<ComposedMessage>,
  ): Promise<number | null> {
    const message = await compose().catch((error: unknown) => {
      ready.cancel();
      throw error;
    });
    const ended = typeof message === 'string';
    const calls = provider.lookup && job.uncertainSince !== null ? 2 : 1;
    if (!ended && !this.stopping && leaseLeftMs(job) >= calls * this.sendTimeoutMs)
      return this.handOver(job, provider, ready, message);
    ready.cancel();
    return ended ? this.outcomes.abandon(job, message) : this.outcomes.comeBack(job, 0);
  }

  private async handOver(
    job: Job,
    provider: Provider,
    ready: ReadySend,
    message: OutgoingMessage,
  ): Promise<number | null> {
    const startedAt = Date.now();
    job.handed = true;
    let accepted: Accepted;
    try {
      accepted = await ready.send(message);
    } catch (error) {
      return this.outcomes.recover(job, provider, asDeliveryError(error, this.logger), startedAt);
    }
    await this.outcomes.succeed(job, provider, accepted, message.to);
    return null;
  }

  private async lookUpOrSend(
    { uncertainSince, verificationId }: Job,
    provider: Provider,
    message: OutgoingMessage,
  ): Promise<Accepted> {
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
    return withDeadline(this.sendTimeoutMs, (signal) => provider.send(message, signal));
  }

  private providerFor(job: Job): Provider | undefined {
    const list = this.providers[job.channel];
    const names = list.map(({ name }) => name);
    const next = nextProvider(names, job);
    return list.find(({ name }) => name === next);
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

/** How long the claim still holds. */
function leaseLeftMs({ claimedAt }: Job): number {
  return LEASE_MS - (performance.now() - claimedAt);
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
