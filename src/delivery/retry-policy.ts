import { type DeliveryError, type DeliveryFailure } from '../channels/provider.types';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** By then a user can ask for another message: RESEND_COOLDOWN_SECONDS is a minute. */
const SECOND_UNKNOWN_MS = 60_000;
const UNKNOWN_FACTOR = 4;

/** Where a delivery stands among its channel's providers. */
export interface Progress {
  /** The provider whose turn ended last, or null before the first turn has ended. */
  provider: string | null;
  /** Providers that refused for good. */
  ruledOut: readonly string[];
  /** How often the whole list was tried in vain. */
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
      lookup: boolean;
    }
  | { action: 'fail'; failure: DeliveryFailure; ruledOut: string[] };

/** The provider whose turn it is: the one after the last, round the list; null when all are ruled out. */
export function nextProvider(list: readonly string[], { provider, ruledOut }: Progress): string | null {
  const start = provider === null ? 0 : list.indexOf(provider) + 1;
  for (let step = 0; step < list.length; step++) {
    const candidate = list[(start + step) % list.length]!;
    if (!ruledOut.includes(candidate)) return candidate;
  }
  return null;
}

/**
 * Decides what follows after `provider` failed. A transient error goes to the next provider at once, and round the
 * list again with back-off. A refusal of the sender rules the provider out. A refusal of the recipient ends the
 * delivery. An unknown outcome is looked up at the same provider where that can tell. Where it cannot tell, the
 * outcome counts as transient, and the second and every later one makes the rounds rarer: see `unknownPauseMs`.
 *
 * @param random uniform in [0, 1): spreads the retries of many deliveries that failed together.
 */
export function afterFailure(
  list: readonly string[],
  progress: Progress,
  provider: string,
  error: DeliveryError,
  canLookUp: boolean,
  random: number,
): NextStep {
  const ruledOut = [...progress.ruledOut];
  if (error.kind === 'permanent') {
    const failure = error.options.failure ?? 'SENDER_REFUSED';
    if (failure !== 'SENDER_REFUSED') return { action: 'fail', failure, ruledOut };
    ruledOut.push(provider);
  }
  if (error.kind === 'unknown' && canLookUp) {
    // The turn stays with this provider, so the last finished turn is still the one before it.
    const delayMs = backoffMs(progress.rounds, random);
    return {
      action: 'retry',
      provider: progress.provider,
      ruledOut,
      rounds: progress.rounds + 1,
      unknownOutcomes: progress.unknownOutcomes,
      delayMs,
      lookup: true,
    };
  }
  const unknownOutcomes = progress.unknownOutcomes + (error.kind === 'unknown' ? 1 : 0);
  const next = nextProvider(list, { ...progress, provider, ruledOut });
  if (next === null) return { action: 'fail', failure: 'SENDER_REFUSED', ruledOut };
  const wrapped = list.indexOf(next) <= list.indexOf(provider);
  const rounds = progress.rounds + (wrapped ? 1 : 0);
  const pauseMs = Math.max(
    backoffMs(progress.rounds, random),
    unknownPauseMs(unknownOutcomes, random),
    error.options.retryAfterMs ?? 0,
  );
  return {
    action: 'retry',
    provider,
    ruledOut,
    rounds,
    unknownOutcomes,
    delayMs: wrapped ? pauseMs : 0,
    lookup: false,
  };
}

/**
 * The least pause before another round, by the number of unknown outcomes so far: none after the first, then a
 * minute, 4 minutes, 16 minutes, each lengthened by up to a half.
 *
 * A server that takes every message and answers none would otherwise deliver a copy per round. With these pauses one
 * such provider delivers at most 2 copies in the first minute, 3 in the first 5 minutes and 5 in half an hour.
 */
export function unknownPauseMs(unknownOutcomes: number, random: number): number {
  if (unknownOutcomes < 2) return 0;
  return Math.round(
    SECOND_UNKNOWN_MS * UNKNOWN_FACTOR ** Math.min(unknownOutcomes - 2, 5) * (1 + random / 2),
  );
}

/** Half fixed, half random: within a second at first, doubling, 30 s at most. */
export function backoffMs(rounds: number, random: number): number {
  const full = Math.min(2 * FIRST_BACKOFF_MS * 2 ** Math.min(rounds, 10), LONGEST_BACKOFF_MS);
  return Math.round(full / 2 + (full / 2) * random);
}
