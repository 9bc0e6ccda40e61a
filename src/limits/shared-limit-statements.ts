import { type Guard, type Step } from '../database/chain';
import { type Statement } from '../database/statement';
import { memo } from '../shared/memo';

/** How much one row of `budget` may count within a sliding window. */
export interface SharedBound {
  key: string;
  limit: number;
  windowMs: number;
}

/**
 * A shared limit can be in the millions, so its row holds two counters instead of times, and the previous window counts
 * by the share of it that the sliding window still covers. Each statement below counts messages, or changes nothing and
 * returns fewer rows.
 */
const COLUMNS = '(key, sent, guesses, window_start, this_window, last_window, updated_at)';

/** A statement that waited for the row may find a window in it that began after its own, and continues that one. */
const LATEST = `(CASE WHEN budget.window_start > excluded.window_start THEN budget.window_start ELSE excluded.window_start END)`;

const forBound = memo((windowMs: number) =>
  memo((limit: number) => {
    const start = windowStart(String(windowMs));
    const { current, previous } = countsIn(String(windowMs), LATEST);
    return {
      // Chains that share a statement may share this row, which one statement can change only once.
      counting: `INSERT INTO budget ${COLUMNS}
     SELECT $1, '', '', ${start}, cast(count(*) AS integer), 0, now_ms() WHERE true
     GROUP BY $1 HAVING count(*) <= ${limit} ORDER BY 1
     ON CONFLICT (key) DO UPDATE SET this_window = ${current} + excluded.this_window, last_window = ${previous},
       window_start = ${LATEST}, updated_at = excluded.updated_at
     WHERE ${fits('excluded.this_window', String(limit), String(windowMs), LATEST)}
     RETURNING key`,
      room: `NOT EXISTS (SELECT 1 FROM budget WHERE key = $1 AND NOT ${fits('1', String(limit), String(windowMs), start)})`,
    };
  }),
);

/** Counts the message of every chain that shares the statement, for one limit. */
export function sharedCounting({ key, limit, windowMs }: SharedBound): Step {
  return { key: 'key', shared: true, sql: forBound(windowMs)(limit).counting, params: [key] };
}

/** Whether a limit admits one more message. */
export function sharedRoom({ key, limit, windowMs }: SharedBound): Guard {
  return { shared: true, sql: forBound(windowMs)(limit).room, params: [key] };
}

/** Counts one message for several limits and returns the keys of those that admitted it. */
export function countForAll(bounds: readonly SharedBound[]): Statement {
  return { sql: countForAllSql(bounds.map(shapeOf).join()), params: bounds.map(({ key }) => key) };
}

const shapeOf = ({ limit, windowMs }: SharedBound) => `${limit}:${windowMs}`;

const countForAllSql = memo((shapes: string) => {
  const rows = shapes.split(',').map((shape, index) => `($${index + 1}, ${shape.replace(':', ', ')})`);
  const { current, previous } = countsIn('bound.window_ms', LATEST);
  const ofRow = 'FROM bound WHERE bound.key = excluded.key';
  return `WITH bound (key, ceiling, window_ms) AS (VALUES ${rows.join(', ')})
     INSERT INTO budget ${COLUMNS}
     SELECT key, '', '', ${windowStart('window_ms')}, 1, 0, now_ms() FROM bound WHERE true
     ON CONFLICT (key) DO UPDATE SET (this_window, last_window) = (SELECT ${current} + 1, ${previous} ${ofRow}),
       window_start = ${LATEST}, updated_at = excluded.updated_at
     WHERE (SELECT ${fits('1', 'bound.ceiling', 'bound.window_ms', LATEST)} ${ofRow})
     RETURNING key`;
});

function windowStart(windowMs: string): string {
  return `(now_ms() - now_ms() % ${windowMs})`;
}

/** What a row counts in the window that begins at `start`, and in the one before it. */
function countsIn(windowMs: string, start: string) {
  return {
    current: `CASE WHEN budget.window_start = ${start} THEN budget.this_window ELSE 0 END`,
    previous: `CASE WHEN budget.window_start = ${start} THEN budget.last_window
                         WHEN budget.window_start = ${start} - ${windowMs} THEN budget.this_window ELSE 0 END`,
  };
}

/** Whether `added` more stay within the limit when the previous window weighs by what is left of it. */
function fits(added: string, limit: string, windowMs: string, start: string): string {
  const { current, previous } = countsIn(windowMs, start);
  const left = `${start} + ${windowMs} - now_ms()`;
  const weight = `CASE WHEN ${left} > ${windowMs} THEN ${windowMs} WHEN ${left} < 0 THEN 0 ELSE ${left} END`;
  return `((${current} + ${added}) * cast(${windowMs} AS bigint) + (${previous}) * (${weight}) <= ${limit} * cast(${windowMs} AS bigint))`;
}
