import { type Statement } from '../database/statement';
import { DAY_MS } from '../shared/clock';

/** How many messages one row of `budget` may count within a sliding window. */
export interface SharedBound {
  key: string;
  limit: number;
  windowMs: number;
}

/** A row of `budget` that was not changed for this long counts nothing any more: a limit of a day weighs the day before. */
export const LONGEST_WINDOW_MS = 2 * DAY_MS;

/**
 * A shared limit can be in the millions, so its row contains two counters instead of times: `this_window` for the window
 * that begins at `window_start`, and `last_window` for the one before. Both windows stand at multiples of their length.
 * The sliding window covers the current one and a share of the one before, by which that one's counter is weighed.
 */
export function windowStart(windowMs: string): string {
  return `(now_ms() / ${windowMs} * ${windowMs})`;
}

/** The messages that a row counts in the window that begins at `start`. */
export function inWindow(row: string, start: string): string {
  return `CASE WHEN ${row}.window_start = ${start} THEN ${row}.this_window ELSE 0 END`;
}

/** The messages that a row counts in the window before the one that begins at `start`. */
export function inWindowBefore(row: string, start: string, windowMs: string): string {
  return `CASE WHEN ${row}.window_start = ${start} THEN ${row}.last_window
               WHEN ${row}.window_start = ${start} - ${windowMs} THEN ${row}.this_window ELSE 0 END`;
}

/** The part of the window before, in milliseconds, that the sliding window still covers. */
export function coveredBefore(start: string, windowMs: string): string {
  const left = `${start} + ${windowMs} - now_ms()`;
  return `CASE WHEN ${left} > ${windowMs} THEN ${windowMs} WHEN ${left} < 0 THEN 0 ELSE ${left} END`;
}

/** A transaction that waited for the row may find a window in it that began after its own, and continues that one. */
const START = `CASE WHEN budget.window_start > excluded.window_start THEN budget.window_start ELSE excluded.window_start END`;

/** Counts one message for several limits and returns the keys of those that admit it. */
export function countForSharedLimits(bounds: readonly SharedBound[]): Statement {
  const rows = bounds.map((_, index) => {
    const [key, limit, windowMs] = [1, 2, 3].map((n) => `$${3 * index + n}`);
    return `(cast(${key} AS text), cast(${limit} AS bigint), cast(${windowMs} AS bigint))`;
  });
  const ofRow = 'FROM bound WHERE bound.key = excluded.key';
  return {
    sql: `WITH bound (key, max_messages, window_ms) AS (VALUES ${rows.join(', ')})
      INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
      SELECT key, '', '', ${windowStart('window_ms')}, 1, 0, now_ms() FROM bound WHERE true ORDER BY key
      ON CONFLICT (key) DO UPDATE SET window_start = ${START}, updated_at = excluded.updated_at,
        (this_window, last_window) = (
          SELECT ${inWindow('budget', START)} + 1, ${inWindowBefore('budget', START, 'bound.window_ms')} ${ofRow})
      WHERE (
        SELECT (${inWindow('budget', START)} + 1) * bound.window_ms
          + (${inWindowBefore('budget', START, 'bound.window_ms')}) * (${coveredBefore(START, 'bound.window_ms')})
          <= bound.max_messages * bound.window_ms ${ofRow})
      RETURNING key`,
    params: bounds.flatMap(({ key, limit, windowMs }) => [key, limit, windowMs]),
  };
}
