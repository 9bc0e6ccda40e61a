const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The pauses after the first failed sends. Later ones are as long as the last. */
const PAUSES_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
];

/** An event that the receiver does not have after this time is dropped, in milliseconds. */
export const EVENT_LIFE_MS = 3 * 24 * HOUR_MS;

/** The pause after the given number of failed sends, in milliseconds. Null: the event is too old to be sent again. */
export function pauseAfter(attempts: number, ageMs: number): number | null {
  const pauseMs = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1]!;
  return ageMs + pauseMs > EVENT_LIFE_MS ? null : pauseMs;
}
