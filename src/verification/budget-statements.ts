import { type Step } from '../database/chain';
import { type Statement } from '../database/database';
import { DAY_MS, HOUR_MS } from '../shared/clock';
import { memo } from '../shared/memo';

/** What a recipient may be sent and may have guessed; 0 switches one off. */
export interface RecipientLimits {
  cooldownSeconds: number;
  hourly: number;
  daily: number;
  dailyGuesses: number;
}

/** Digits of a time in epoch milliseconds, from 2001 until 2286. */
export const DIGITS = 13;
/** A position no log reaches: what stands there is '', which is "long ago" in every comparison. */
const OFF = 1_000_000_000;

/**
 * A recipient's budgets keep the exact times of the latest messages and guesses, as text: 13 digits each, newest
 * first. The n-th latest time is a `substr`, and digits of equal length compare as text as they do as numbers, so
 * "n at most within a window" is one comparison: the n-th latest must be older than the window. Hence no edge at
 * which two windows' worth fits, in one conditional upsert that both databases understand.
 */
const logPosition = (limit: number) => (limit === 0 ? OFF : DIGITS * (limit - 1) + 1);

const messageSpendingSql = memo(
  ({ cooldownSeconds, hourly, daily, dailyGuesses }: RecipientLimits) =>
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     SELECT $1, cast(now_ms() AS text), '', 0, 0, 0, now_ms() WHERE true
     ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at,
       sent = substr(excluded.sent || budget.sent, 1, ${DIGITS * Math.max(hourly, daily, 1)})
     WHERE substr(budget.sent, ${cooldownSeconds === 0 ? OFF : 1}, 13) <= cast(now_ms() - ${cooldownSeconds * 1000} AS text)
       AND substr(budget.sent, ${logPosition(hourly)}, 13) <= cast(now_ms() - ${HOUR_MS} AS text)
       AND substr(budget.sent, ${logPosition(daily)}, 13) <= cast(now_ms() - ${DAY_MS} AS text)
       AND substr(budget.guesses, ${logPosition(dailyGuesses)}, 13) <= cast(now_ms() - ${DAY_MS} AS text)
     RETURNING key`,
);

/** Counts a message to a recipient and returns its key, or counts nothing and returns nothing. */
export function messageSpending(key: string, limits: RecipientLimits): Step {
  return { key: 'key', sql: messageSpendingSql(limits), params: [key] };
}

const guessSpendingSql = memo(
  (dailyGuesses: number) =>
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     SELECT (SELECT recipient_key FROM verification WHERE id = $1), '',
       CASE WHEN $2 = 1 THEN cast(now_ms() AS text) ELSE '' END, 0, 0, 0, now_ms() WHERE true
     ON CONFLICT (key) DO UPDATE SET updated_at = excluded.updated_at,
       guesses = substr(excluded.guesses || budget.guesses, 1, ${DIGITS * dailyGuesses})
     WHERE substr(budget.guesses, ${logPosition(dailyGuesses)}, 13) <= cast(now_ms() - ${DAY_MS} AS text)
     RETURNING key`,
);

/**
 * Takes the budget of a verification's recipient for a guess and, when it was wrong, counts it; returns nothing when
 * the day's guesses are used up, for right and wrong ones alike. Taking the row orders guesses at different
 * verifications of one recipient, so that many at once get no more looks than the budget has.
 */
export function guessSpending(verificationId: string, wrong: boolean, dailyGuesses: number): Step {
  return { key: 'key', sql: guessSpendingSql(dailyGuesses), params: [verificationId, wrong ? 1 : 0] };
}

const guessesLeftSql = memo(
  (dailyGuesses: number) =>
    `NOT EXISTS (SELECT 1 FROM budget WHERE budget.key = verification.recipient_key
       AND substr(budget.guesses, ${logPosition(dailyGuesses)}, 13) > cast(now_ms() - ${DAY_MS} AS text))`,
);

/** Whether the recipient of the row `verification` has guesses left today. */
export function guessesLeft(dailyGuesses: number): Statement {
  return { sql: guessesLeftSql(dailyGuesses), params: [] };
}

interface CrowdSql {
  spending: string;
  room: string;
}

/** By the window's length and, within it, by the limit. */
const crowdSql = memo((windowMs: number) =>
  memo((limit: number): CrowdSql => {
    const start = windowStart(windowMs);
    // A statement that waited for the row may find a window in it that began after its own: that one goes on.
    const latest = `(CASE WHEN budget.window_start > excluded.window_start THEN budget.window_start ELSE excluded.window_start END)`;
    const { current, previous } = crowdWindows(windowMs, latest);
    return {
      spending: `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     SELECT $1, '', '', ${start}, 1, 0, now_ms() WHERE true
     ON CONFLICT (key) DO UPDATE SET this_window = ${current} + 1, last_window = ${previous},
       window_start = ${latest}, updated_at = excluded.updated_at
     WHERE ${crowdFits(limit, windowMs, latest)}
     RETURNING key`,
      room: `NOT EXISTS (SELECT 1 FROM budget WHERE key = $1 AND NOT ${crowdFits(limit, windowMs, start)})`,
    };
  }),
);

/**
 * Counts one for a crowd and returns its key, or counts nothing and returns nothing. A crowd's limit can be in the
 * thousands, so it keeps two counters and weighs the last window by the share of it that a sliding window still covers.
 */
export function crowdSpending({ key, limit, windowMs }: CrowdBudget): Step {
  return { key: 'key', sql: crowdSql(windowMs)(limit).spending, params: [key] };
}

/** Whether a crowd has room for one more. */
export function crowdRoom({ key, limit, windowMs }: CrowdBudget): Statement {
  return { sql: crowdSql(windowMs)(limit).room, params: [key] };
}

interface CrowdBudget {
  key: string;
  limit: number;
  windowMs: number;
}

function windowStart(windowMs: number): string {
  return `(now_ms() - now_ms() % ${windowMs})`;
}

/** What a row counts in the window that begins at `start`, and in the one before it. */
function crowdWindows(windowMs: number, start: string) {
  return {
    current: `CASE WHEN budget.window_start = ${start} THEN budget.this_window ELSE 0 END`,
    previous: `CASE WHEN budget.window_start = ${start} THEN budget.last_window
                         WHEN budget.window_start = ${start} - ${windowMs} THEN budget.this_window ELSE 0 END`,
  };
}

/** One more fits within the crowd's limit when the window before weighs by what is left of it. */
function crowdFits(limit: number, windowMs: number, start: string): string {
  const { current, previous } = crowdWindows(windowMs, start);
  const left = `${start} + ${windowMs} - now_ms()`;
  const weight = `CASE WHEN ${left} > ${windowMs} THEN ${windowMs} WHEN ${left} < 0 THEN 0 ELSE ${left} END`;
  return `((${current} + 1) * cast(${windowMs} AS bigint) + (${previous}) * (${weight}) <= ${limit} * cast(${windowMs} AS bigint))`;
}
