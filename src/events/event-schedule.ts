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

/** An event that the receiver has not accepted after this time is dropped, in milliseconds. */
const EVENT_LIFE_MS = 3 * 24 * HOUR_MS;

/** How long retention must not delete an event with its verification, in milliseconds. The last send may be late. */
export const EVENT_KEPT_MS = EVENT_LIFE_MS + HOUR_MS;

/**
 * The pause after a failed send, in milliseconds. The last send is exactly at the end of the event's life.
 *
 * @param failedSends how many sends of the event have failed, this one included.
 * @returns null when the event is too old to be sent again.
 */
export function pauseAfter(failedSends: number, ageMs: number): number | null {
  const pauseMs = PAUSES_MS[Math.min(failedSends, PAUSES_MS.length) - 1]!;
  return ageMs >= EVENT_LIFE_MS ? null : Math.min(pauseMs, EVENT_LIFE_MS - ageMs);
}
