import { type DeliveryError, type DeliveryFailure } from '../channels/provider.types';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** The pause after the second unknown outcome, in milliseconds. A user can request another message after this time anyway. */
const SECOND_UNKNOWN_MS = 60_000;
const UNKNOWN_FACTOR = 4;

/** How far a delivery has come in the list of its channel's providers. */
export interface Progress {
  /** The provider that failed last. Null: no provider has failed yet. */
  provider: string | null;
  /** Names of the providers that refused permanently. */
  ruledOut: readonly string[];
  /** How often the whole list failed. */
  rounds: number;
  /** Sends whose outcome is unknown. The provider may have accepted each of them, so each may be a copy. */
  unknownOutcomes: number;
}

export type NextStep =
  | {
      action: 'retry';
      provider: string | null;
      ruledOut: string[];
      rounds: number;
      unknownOutcomes: number;
      delayMs: number;
      /** The next send is preceded by a look-up. */
      lookup: boolean;
    }
  | { action: 'fail'; failure: DeliveryFailure; ruledOut: string[] };

/** A failed send, with everything that decides the next step. */
export interface FailedSend {
  /** The names of the channel's providers, in their order. */
  providers: readonly string[];
  progress: Progress;
  /** The provider that failed. */
  failed: string;
  error: DeliveryError;
  /** Whether that provider supports looking up a message. */
  canLookUp: boolean;
  /** Uniform in [0, 1). It spreads the retries of deliveries that failed together. */
  random: number;
}

/**
 * The provider to call next: the one after the provider that failed last, or the first one at the end of the list.
 * Providers that were ruled out are skipped.
 *
 * @returns null when all providers were ruled out.
 */
export function nextProvider(providers: readonly string[], { provider, ruledOut }: Progress): string | null {
  const start = provider === null ? 0 : providers.indexOf(provider) + 1;
  for (let step = 0; step < providers.length; step++) {
    const candidate = providers[(start + step) % providers.length]!;
    if (!ruledOut.includes(candidate)) return candidate;
  }
  return null;
}

/**
 * Decides what follows a failed send.
 *
 * - A retryable error: the next provider is called at once. After the last one the list starts again, after a pause.
 * - A refusal of the sender rules the provider out for this delivery; the next provider is called at once.
 * - A refusal of the recipient ends the delivery.
 * - An unknown outcome is looked up at the same provider. If that provider has no look-up, it is treated as a retryable
 *   error, but from the second unknown outcome on the rounds become rarer: see `unknownPauseMs`.
 */
export function decideNextStep(send: FailedSend): NextStep {
  const { providers, progress, failed, error, canLookUp, random } = send;
  const ruledOut = [...progress.ruledOut];
  if (error.kind === 'permanent') {
    const failure = error.options.failure ?? 'SENDER_REFUSED';
    if (failure !== 'SENDER_REFUSED') return { action: 'fail', failure, ruledOut };
    ruledOut.push(failed);
  }
  if (error.kind === 'unknown' && canLookUp) {
    const { provider, rounds, unknownOutcomes } = progress;
    const delayMs = backoffMs(rounds, random);
    // `provider` stays the one before the provider that failed, so that the same provider is called next.
    return {
      action: 'retry',
      provider,
      ruledOut,
      rounds: rounds + 1,
      unknownOutcomes,
      delayMs,
      lookup: true,
    };
  }
  const unknownOutcomes = progress.unknownOutcomes + (error.kind === 'unknown' ? 1 : 0);
  const next = nextProvider(providers, { ...progress, provider: failed, ruledOut });
  if (next === null) return { action: 'fail', failure: 'SENDER_REFUSED', ruledOut };
  const startsAgain = providers.indexOf(next) <= providers.indexOf(failed);
  const pauseMs = Math.max(
    backoffMs(progress.rounds, random),
    unknownPauseMs(unknownOutcomes, random),
    error.options.retryAfterMs ?? 0,
  );
  return {
    action: 'retry',
    provider: failed,
    ruledOut,
    rounds: progress.rounds + (startsAgain ? 1 : 0),
    unknownOutcomes,
    delayMs: startsAgain ? pauseMs : 0,
    lookup: false,
  };
}

/**
 * The shortest pause before the list starts again, by the number of unknown outcomes so far: none after the first, then
 * 1, 4 and 16 minutes, each lengthened at random by up to a half.
 *
 * A server that accepts every message but never answers would otherwise deliver a copy per round. With these pauses it
 * delivers at most 2 copies in the first minute, 3 in the first 5 minutes and 5 in half an hour.
 */
export function unknownPauseMs(unknownOutcomes: number, random: number): number {
  if (unknownOutcomes < 2) return 0;
  return Math.round(
    SECOND_UNKNOWN_MS * UNKNOWN_FACTOR ** Math.min(unknownOutcomes - 2, 5) * (1 + random / 2),
  );
}

/** The pause before the list starts again: 0.5 to 1 s at first, doubling each round, 15 to 30 s at most. */
export function backoffMs(rounds: number, random: number): number {
  const full = Math.min(2 * FIRST_BACKOFF_MS * 2 ** Math.min(rounds, 10), LONGEST_BACKOFF_MS);
  return Math.round(full / 2 + (full / 2) * random);
}
