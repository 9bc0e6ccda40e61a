import { Pacer } from '../channels/pacer';
import {
  type AcceptedSend,
  DeliveryError,
  type OutgoingMessage,
  type Provider,
} from '../channels/provider.types';
import { type Database } from '../database/database';
import { retryWhileUnavailable } from '../database/retry-while-unavailable';
import { type Logger } from '../observability/logger';
import { type Channel } from '../recipients/channel';
import { type Clock } from '../shared/clock';
import { withTimeoutSignal } from '../shared/with-timeout-signal';
import { type ClaimedDelivery } from './claimed-delivery';
import { type ComposedMessage, type MessageSource } from './message-source.types';
import { type ProviderPauses } from './provider-pauses';
import { traitsOf } from './provider-traits';
import { findProviderMessageIds } from './queue/find-provider-message-ids';
import { findUnknownSince } from './queue/find-unknown-since';
import { LEASE_MS } from './queue/lease';
import { chooseProvider } from './failover-rule';
import { type SendOutcome } from './send-outcome';

/**
 * The longest time that a send waits for its provider's rate limit, in milliseconds. It counts as a running send
 * meanwhile.
 */
const PATIENCE_MS = 2_000;

/** A send that waited longer than this, in milliseconds, composes its message again before it begins. */
const LONG_WAIT_MS = 100;

/** A delivery that this node accepted and claimed less than this ago is sent without reading its verification again. */
const FRESH_MS = 1_000;

/**
 * How long composing is retried while the database is unavailable, in milliseconds. The lease must leave time for the
 * send.
 */
const COMPOSING_MS = LEASE_MS / 3;

export interface DeliverySenderDeps {
  source: MessageSource;
  providers: Record<Channel, readonly Provider[]>;
  database: Database;
  logger: Logger;
  pauses: ProviderPauses;
  clock: Clock;
  /** How long a provider may take for one call, in milliseconds. */
  sendTimeoutMs: number;
}

/**
 * A send whose provider is connected, where it needs a connection. Exactly one of the two functions is called, once.
 */
interface ReadySend {
  send(message: OutgoingMessage): Promise<AcceptedSend>;
  cancel(): void;
}

/** Composes the message of a claimed delivery and sends it through the provider whose turn it is. */
export class DeliverySender {
  private readonly pacers = new Map<string, Pacer>();
  private stopping = false;

  constructor(private readonly deps: DeliverySenderDeps) {}

  /** Call it when the node shuts down. A send that has waited long for its provider then ends as `postponed`. */
  stop(): void {
    this.stopping = true;
  }

  /** @throws the errors of composing; nothing was sent then. */
  async send(delivery: ClaimedDelivery): Promise<SendOutcome> {
    const { sendTimeoutMs } = this.deps;
    const message = await this.compose(delivery);
    const composedAt = performance.now();
    if (typeof message === 'string') return abandoned(message);
    const turn = this.nextTurn(delivery);
    if (turn === null)
      return { kind: 'abandoned', failure: 'SENDER_REFUSED', lastError: 'every provider was ruled out' };
    const { provider } = turn;
    const waitMs = turn.waitMs || (await this.pacer(provider).turn(PATIENCE_MS));
    // If the process was stopped for longer than the lease, another node may have claimed the delivery by now.
    if (waitMs > 0 || leaseLeftMs(delivery) < 2 * sendTimeoutMs)
      return { kind: 'postponed', delayMs: Math.ceil(waitMs) };
    let ready: ReadySend;
    try {
      ready = await this.prepare(delivery, provider);
    } catch (error) {
      return this.failed(provider, error, this.deps.clock.now());
    }
    const waitedLong = performance.now() - composedAt > LONG_WAIT_MS;
    if (waitedLong) return this.sendIfStillDue(delivery, provider, ready);
    return this.callProvider(delivery, provider, ready, message);
  }

  private async compose(delivery: ClaimedDelivery): Promise<ComposedMessage> {
    const { composeFresh, claimedAt } = delivery;
    if (composeFresh !== null && performance.now() - claimedAt < FRESH_MS) return composeFresh();
    return this.composeFromDatabase(delivery);
  }

  private composeFromDatabase({ id, verificationId }: ClaimedDelivery): Promise<ComposedMessage> {
    return retryWhileUnavailable(COMPOSING_MS, () => this.deps.source.message(verificationId, id));
  }

  private async prepare(delivery: ClaimedDelivery, provider: Provider): Promise<ReadySend> {
    const { sendTimeoutMs } = this.deps;
    if (!provider.prepare)
      return { send: (message) => this.lookUpOrSend(delivery, provider, message), cancel: () => undefined };
    const prepared = await withTimeoutSignal(sendTimeoutMs, (signal) => provider.prepare!(signal));
    return {
      send: (message) => withTimeoutSignal(sendTimeoutMs, (signal) => prepared.send(message, signal)),
      cancel: () => prepared.cancel(),
    };
  }

  /** Composes again, because the verification may have been canceled or its recipient erased during the wait. */
  private async sendIfStillDue(
    delivery: ClaimedDelivery,
    provider: Provider,
    ready: ReadySend,
  ): Promise<SendOutcome> {
    const message = await this.composeFromDatabase(delivery).catch((error: unknown) => {
      ready.cancel();
      throw error;
    });
    const ended = typeof message === 'string';
    const calls = provider.lookup && delivery.uncertainSince !== null ? 2 : 1;
    if (!ended && !this.stopping && leaseLeftMs(delivery) >= calls * this.deps.sendTimeoutMs)
      return this.callProvider(delivery, provider, ready, message);
    ready.cancel();
    return ended ? abandoned(message) : { kind: 'postponed', delayMs: 0 };
  }

  private async callProvider(
    delivery: ClaimedDelivery,
    provider: Provider,
    ready: ReadySend,
    message: OutgoingMessage,
  ): Promise<SendOutcome> {
    const startedAt = this.deps.clock.now();
    delivery.stage = 'sending';
    try {
      return { kind: 'accepted', provider, accepted: await ready.send(message), to: message.to };
    } catch (error) {
      return this.failed(provider, error, startedAt);
    }
  }

  private async lookUpOrSend(
    delivery: ClaimedDelivery,
    provider: Provider,
    message: OutgoingMessage,
  ): Promise<AcceptedSend> {
    const since = provider.lookup ? await this.unknownSince(delivery, provider) : null;
    if (since !== null) {
      const found = await this.lookUp(provider, message, since, delivery.verificationId).catch(
        (error: unknown) => {
          // The outcome is still unknown, so sending now could send the message twice.
          const { message: reason } = this.asDeliveryError(error);
          throw new DeliveryError('unknown', `the look-up failed: ${reason}`);
        },
      );
      if (found) return found;
    }
    return withTimeoutSignal(this.deps.sendTimeoutMs, (signal) => provider.send(message, signal));
  }

  /** When the first send began that this provider may have accepted, or null. */
  private async unknownSince(delivery: ClaimedDelivery, { name }: Provider): Promise<number | null> {
    const { id, uncertainSince, rounds } = delivery;
    if (uncertainSince !== null || rounds === 0) return uncertainSince;
    // Other providers have failed since, and this provider is called again.
    const endedAt = await findUnknownSince(this.deps.database, id, name);
    return endedAt === null ? null : endedAt - this.deps.sendTimeoutMs;
  }

  private async lookUp(provider: Provider, message: OutgoingMessage, since: number, verificationId: string) {
    const known = await findProviderMessageIds(this.deps.database, verificationId);
    return withTimeoutSignal(this.deps.sendTimeoutMs, (signal) =>
      provider.lookup!(message, { since, known }, signal),
    );
  }

  private nextTurn(delivery: ClaimedDelivery): { provider: Provider; waitMs: number } | null {
    const list = this.deps.providers[delivery.channel];
    const turn = chooseProvider(traitsOf(list), delivery, this.deps.pauses.of(delivery.channel));
    if (turn === null) return null;
    return { provider: list.find(({ name }) => name === turn.name)!, waitMs: turn.waitMs };
  }

  private pacer(provider: Provider): Pacer {
    let pacer = this.pacers.get(provider.name);
    if (!pacer) {
      pacer = new Pacer(async () => (await provider.maxPerSecond?.()) ?? null);
      this.pacers.set(provider.name, pacer);
    }
    return pacer;
  }

  private failed(provider: Provider, error: unknown, startedAt: number): SendOutcome {
    return { kind: 'failed', provider, error: this.asDeliveryError(error), startedAt };
  }

  /** An error of another type is a bug in the provider's code. Its send may have reached the provider. */
  private asDeliveryError(error: unknown): DeliveryError {
    if (error instanceof DeliveryError) return error;
    const name = error instanceof Error ? error.name : typeof error;
    const stack = error instanceof Error ? error.stack : undefined;
    this.deps.logger.error({ error: name, stack }, 'a provider threw an unexpected error');
    return new DeliveryError('unknown', `unexpected ${name}`);
  }
}

function abandoned(failure: 'EXPIRED' | 'NO_LONGER_NEEDED'): SendOutcome {
  return { kind: 'abandoned', failure, lastError: null };
}

/** How long the lease still lasts, in milliseconds. */
function leaseLeftMs({ claimedAt }: ClaimedDelivery): number {
  return LEASE_MS - (performance.now() - claimedAt);
}
