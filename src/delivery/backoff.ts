const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/**
 * The pause after the second unknown outcome, in milliseconds. A user can request another message after this time
 * anyway.
 */
const SECOND_UNKNOWN_MS = 60_000;
const UNKNOWN_FACTOR = 4;

/**
 * The pause before a list of providers starts again: 0.5 to 1 s at first, doubling each round, 15 to 30 s at most.
 *
 * @param random uniform in [0, 1). It spreads the retries of deliveries that failed together.
 */
export function backoffMs(rounds: number, random: number): number {
  const full = Math.min(2 * FIRST_BACKOFF_MS * 2 ** Math.min(rounds, 10), LONGEST_BACKOFF_MS);
  return Math.round(full / 2 + (full / 2) * random);
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
