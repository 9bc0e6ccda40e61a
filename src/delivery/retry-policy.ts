import { type DeliveryError, type DeliveryFailure } from '../channels/provider.types';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/** Where a delivery stands among its channel's providers. */
export interface Progress {
  /** The provider whose turn ended last, or null before the first turn has ended. */
  provider: string | null;
  /** Providers that refused for good. */
  ruledOut: readonly string[];
  /** How often the whole list was tried in vain. */
  rounds: number;
}

export type NextStep =
  | {
      action: 'retry';
      provider: string | null;
      ruledOut: string[];
      rounds: number;
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
 * What to do after `provider` failed. Trouble that passes goes to the next provider at once, and round the list
 * again with back-off; a refusal of the sender rules the provider out; a refusal of the recipient is the end. An
 * unknown outcome is looked up at the same provider where that can tell, and is trouble that passes where not.
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
      delayMs,
      lookup: true,
    };
  }
  const next = nextProvider(list, { ...progress, provider, ruledOut });
  if (next === null) return { action: 'fail', failure: 'SENDER_REFUSED', ruledOut };
  const wrapped = list.indexOf(next) <= list.indexOf(provider);
  const rounds = progress.rounds + (wrapped ? 1 : 0);
  const delayMs = wrapped ? Math.max(backoffMs(progress.rounds, random), error.options.retryAfterMs ?? 0) : 0;
  return { action: 'retry', provider, ruledOut, rounds, delayMs, lookup: false };
}

/** Half fixed, half random: within a second at first, doubling, 30 s at most. */
export function backoffMs(rounds: number, random: number): number {
  const full = Math.min(2 * FIRST_BACKOFF_MS * 2 ** Math.min(rounds, 10), LONGEST_BACKOFF_MS);
  return Math.round(full / 2 + (full / 2) * random);
}
