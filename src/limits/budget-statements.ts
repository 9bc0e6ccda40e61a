import { type Step } from '../database/chain';
import { type Statement } from '../database/statement';
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
     SELECT (SELECT coalesce(limit_key, recipient_key) FROM verification WHERE id = $1), '',
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
    `NOT EXISTS (SELECT 1 FROM budget WHERE budget.key = coalesce(verification.limit_key, verification.recipient_key)
       AND substr(budget.guesses, ${logPosition(dailyGuesses)}, 13) > cast(now_ms() - ${DAY_MS} AS text))`,
);

/** Whether the recipient of the row `verification` has guesses left today. */
export function guessesLeft(dailyGuesses: number): Statement {
  return { sql: guessesLeftSql(dailyGuesses), params: [] };
}
