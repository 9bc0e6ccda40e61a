import { type Statement } from '../database/statement';
import { DAY_MS, HOUR_MS } from '../shared/clock';

/** Limits on the messages and the wrong attempts of one recipient. The value 0 switches a limit off. */
export interface RecipientLimits {
  cooldownSeconds: number;
  hourly: number;
  daily: number;
  dailyAttempts: number;
}

/**
 * The number of digits of one time in the columns `sent` and `guesses` of the table `budget`.
 *
 * These columns contain the exact times of a recipient's latest messages and wrong attempts as one text, newest first.
 * So "at most n within a window" is one comparison: the n-th latest time, which is a `substr`, must be older than the
 * window. The comparison of texts is correct because all times have the same number of digits. Exact times have no edge
 * between two windows at which twice as many messages would be admitted, and both databases understand the SQL.
 */
export const TIME_DIGITS = 13;

/** The limits as SQL expressions: parameters, or columns of a `ParameterTable`. */
type LimitsInSql = Record<'cooldownMs' | 'hourly' | 'daily' | 'dailyAttempts', string>;

/** SQL condition: the limits admit one more message. `row` is the name of a row of `budget` in the statement. */
export function admitsMessage(row: string, limits: LimitsInSql): string {
  return [
    `(${limits.cooldownMs} = 0 OR ${nthTime(`${row}.sent`, '1')} <= ${timeBefore(limits.cooldownMs)})`,
    admitsOneMore(`${row}.sent`, limits.hourly, HOUR_MS),
    admitsDaily(`${row}.sent`, limits.daily),
    admitsDaily(`${row}.guesses`, limits.dailyAttempts),
  ].join(' AND ');
}

/** SQL condition: a daily limit admits one more of the messages or wrong attempts at `times`. */
export function admitsDaily(times: string, daily: string): string {
  return admitsOneMore(times, daily, DAY_MS);
}

function admitsOneMore(times: string, limit: string, windowMs: number): string {
  return `(${limit} = 0 OR ${nthTime(times, limit)} <= ${timeBefore(String(windowMs))})`;
}

/** SQL: the n-th latest of the times, or '' when there are fewer than n. In comparisons '' is before every time. */
function nthTime(times: string, n: string): string {
  return `substr(${times}, ${TIME_DIGITS} * (${n} - 1) + 1, ${TIME_DIGITS})`;
}

function timeBefore(ms: string): string {
  return `cast(now_ms() - ${ms} AS text)`;
}

const COUNT_MESSAGE = `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
  VALUES ($1, cast(now_ms() AS text), '', 0, 0, 0, now_ms())
  ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at,
    sent = substr(excluded.sent || budget.sent, 1, ${TIME_DIGITS} * $6)
  WHERE ${admitsMessage('budget', { cooldownMs: 'cast($2 AS bigint)', hourly: '$3', daily: '$4', dailyAttempts: '$5' })}
  RETURNING key`;

/**
 * Counts a message to a recipient. The statement returns no row when a limit refuses the message; it counts nothing
 * then.
 */
export function countMessage(key: string, limits: RecipientLimits): Statement {
  const { cooldownSeconds, hourly, daily, dailyAttempts } = limits;
  return {
    sql: COUNT_MESSAGE,
    params: [key, cooldownSeconds * 1000, hourly, daily, dailyAttempts, messagesKept(limits)],
  };
}

/** The number of message times that a row must contain to decide all limits. */
export function messagesKept({ hourly, daily }: RecipientLimits): number {
  return Math.max(hourly, daily, 1);
}

const COUNT_ATTEMPT = `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
  VALUES ($1, '', CASE WHEN $2 = 1 THEN cast(now_ms() AS text) ELSE '' END, 0, 0, 0, now_ms())
  ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at,
    guesses = substr(excluded.guesses || budget.guesses, 1, ${TIME_DIGITS} * $3)
  WHERE ${admitsDaily('budget.guesses', '$3')}
  RETURNING key`;

/**
 * Counts a wrong attempt of a recipient. If the wrong attempts of the day are used up, the statement returns no row,
 * whether the attempt is right or wrong.
 *
 * A right attempt also writes the row. So attempts at different verifications of one recipient run one after the other,
 * and no more of them are evaluated than the limit admits.
 */
export function countAttempt(key: string, wrong: boolean, dailyAttempts: number): Statement {
  return { sql: COUNT_ATTEMPT, params: [key, wrong ? 1 : 0, dailyAttempts] };
}

/** The key that a verification's messages and attempts are counted under. */
export function countedUnder(row: { recipient_key: string; limit_key: string | null }): string {
  return row.limit_key ?? row.recipient_key;
}

/** When the last message to the recipient was accepted, in epoch milliseconds; null when there was none. */
export function lastSentAt(sent: string | null): number | null {
  return sent ? Number(sent.slice(0, TIME_DIGITS)) : null;
}
