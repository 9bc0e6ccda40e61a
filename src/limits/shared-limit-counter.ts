import { type Statement } from '../database/statement';
import { DAY_MS } from '../shared/clock';

/** The bound of a shared limit: how many messages its row may count within a sliding window. */
export interface SharedBound {
  key: string;
  limit: number;
  windowMs: number;
}

/**
 * A row that was not changed for this long counts nothing any more, because a daily limit also counts the day before.
 */
export const LONGEST_WINDOW_MS = 2 * DAY_MS;

/**
 * SQL: when the current window began.
 *
 * A shared limit can be in the millions, so its row contains two counters instead of exact times: `this_window` for the
 * window that began at `window_start`, and `last_window` for the window before it. A window begins at a multiple of its
 * length. The sliding window consists of the current window and the end of the previous one. The messages in that end
 * are estimated: the previous counter times the share of the previous window that the sliding window still covers.
 */
export function windowStart(windowMs: string): string {
  return `(now_ms() / ${windowMs} * ${windowMs})`;
}

/** SQL: the messages that a row counts in the window that begins at `start`. */
export function inWindow(row: string, start: string): string {
  return `CASE WHEN ${row}.window_start = ${start} THEN ${row}.this_window ELSE 0 END`;
}

/** SQL: the messages that a row counts in the window before the one that begins at `start`. */
export function inWindowBefore(row: string, start: string, windowMs: string): string {
  return `CASE WHEN ${row}.window_start = ${start} THEN ${row}.last_window
               WHEN ${row}.window_start = ${start} - ${windowMs} THEN ${row}.this_window ELSE 0 END`;
}

/** SQL: how much of the previous window the sliding window still covers, in milliseconds. */
export function coveredBefore(start: string, windowMs: string): string {
  const left = `${start} + ${windowMs} - now_ms()`;
  return `CASE WHEN ${left} > ${windowMs} THEN ${windowMs} WHEN ${left} < 0 THEN 0 ELSE ${left} END`;
}

/** The later of two windows: a transaction that waited for the row may find a newer window in it than its own. */
const START = `CASE WHEN budget.window_start > excluded.window_start THEN budget.window_start ELSE excluded.window_start END`;

/** Counts one message for several limits. The statement returns the keys of the limits that admit the message. */
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
