import { type Row, run, type SqlValue, type Work } from '../database/database';
import { AppError } from '../shared/errors';

/** The limits by name, as `extensions.limit` tells them. */
export type LimitName =
  | 'RESEND_COOLDOWN'
  | 'RECIPIENT_HOURLY'
  | 'RECIPIENT_DAILY'
  | 'RECIPIENT_DAILY_GUESSES'
  | 'IP_HOURLY'
  | 'SMS_DAILY';

/** What a recipient may be sent and may have guessed; 0 switches one off. */
export interface RecipientLimits {
  cooldownSeconds: number;
  hourly: number;
  daily: number;
  dailyGuesses: number;
}

/** A limit on a crowd: all requests of an address, all SMS of a day. */
export interface CrowdLimit {
  key: string;
  name: LimitName;
  limit: number;
  windowMs: number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Digits of a time in epoch milliseconds, from 2001 until 2286. */
const DIGITS = 13;
/** A position no log reaches: what stands there is '', which is "long ago" in every comparison. */
const OFF = 1_000_000_000;

/**
 * A recipient's budgets keep the exact times of the latest messages and guesses, as text: 13 digits each, newest
 * first. The n-th latest time is a `substr`, and digits of equal length compare as text as they do as numbers, so
 * "n at most within a window" is one comparison: the n-th latest must be older than the window. Hence no edge at
 * which two windows' worth fits, in one conditional upsert that both databases understand.
 */
const logPosition = (limit: number) => (limit === 0 ? OFF : DIGITS * (limit - 1) + 1);

/**
 * Counts a message to a recipient, or throws RATE_LIMITED and counts nothing.
 */
export function* spendMessage(key: string, limits: RecipientLimits): Work<void> {
  const kept = DIGITS * Math.max(limits.hourly, limits.daily, 1);
  const spent = yield* run(
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     VALUES ($1, cast(now_ms() AS text), '', 0, 0, 0, now_ms())
     ON CONFLICT (key) DO UPDATE SET sent = substr(excluded.sent || budget.sent, 1, $2), updated_at = excluded.updated_at
     WHERE substr(budget.sent, $3, 13) <= cast(now_ms() - $4 AS text)
       AND substr(budget.sent, $5, 13) <= cast(now_ms() - ${HOUR_MS} AS text)
       AND substr(budget.sent, $6, 13) <= cast(now_ms() - ${DAY_MS} AS text)
       AND substr(budget.guesses, $7, 13) <= cast(now_ms() - ${DAY_MS} AS text)
     RETURNING key`,
    [
      key,
      kept,
      limits.cooldownSeconds === 0 ? OFF : 1,
      limits.cooldownSeconds * 1000,
      logPosition(limits.hourly),
      logPosition(limits.daily),
      logPosition(limits.dailyGuesses),
    ],
  );
  if (spent.length === 0) throw yield* recipientRefusal(key, limits);
}

/**
 * Takes the recipient's row for a guess and, when it was wrong, counts it; throws RATE_LIMITED when the day's
 * guesses are used up, for right and wrong guesses alike. Taking the row orders guesses at different verifications
 * of one recipient, so that many at once get no more looks than the budget has.
 */
export function* spendGuess(key: string, wrong: boolean, limits: RecipientLimits): Work<void> {
  if (limits.dailyGuesses === 0) return;
  const spent = yield* run(
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     VALUES ($1, '', CASE WHEN $2 = 1 THEN cast(now_ms() AS text) ELSE '' END, 0, 0, 0, now_ms())
     ON CONFLICT (key) DO UPDATE SET guesses = substr(excluded.guesses || budget.guesses, 1, $3), updated_at = excluded.updated_at
     WHERE substr(budget.guesses, $4, 13) <= cast(now_ms() - ${DAY_MS} AS text)
     RETURNING key`,
    [key, wrong ? 1 : 0, DIGITS * limits.dailyGuesses, logPosition(limits.dailyGuesses)],
  );
  if (spent.length === 0) throw yield* recipientRefusal(key, limits);
}

/**
 * Counts one for a crowd, or throws RATE_LIMITED and counts nothing. A crowd's limit can be in the thousands, so
 * it keeps two counters and weighs the last window by the share of it that a sliding window still covers.
 */
export function* spendCrowd({ key, name, limit, windowMs }: CrowdLimit): Work<void> {
  const start = `(now_ms() - now_ms() % ${windowMs})`;
  const current = `CASE WHEN budget.window_start = ${start} THEN budget.this_window ELSE 0 END`;
  const previous = `CASE WHEN budget.window_start = ${start} THEN budget.last_window
                         WHEN budget.window_start = ${start} - ${windowMs} THEN budget.this_window ELSE 0 END`;
  const spent = yield* run(
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     VALUES ($1, '', '', ${start}, 1, 0, now_ms())
     ON CONFLICT (key) DO UPDATE SET this_window = ${current} + 1, last_window = ${previous},
       window_start = excluded.window_start, updated_at = excluded.updated_at
     WHERE (${current} + 1) * cast(${windowMs} AS bigint) + (${previous}) * (${windowMs} - now_ms() % ${windowMs}) <= $2 * cast(${windowMs} AS bigint)
     RETURNING key`,
    [key, limit],
  );
  if (spent.length === 0) throw yield* crowdRefusal({ key, name, limit, windowMs });
}

/** When the recipient was last sent a message, or null. */
export function lastSentAt(sent: string | null): number | null {
  return sent ? Number(sent.slice(0, DIGITS)) : null;
}

function* recipientRefusal(key: string, limits: RecipientLimits): Work<AppError> {
  const [row] = yield* run<{ sent: string; guesses: string; now: number }>(
    `SELECT sent, guesses, now_ms() AS now FROM budget WHERE key = $1`,
    [key],
  );
  if (!row) return rateLimited('RESEND_COOLDOWN', 1000);
  const waits: [LimitName, number][] = [
    ['RECIPIENT_DAILY_GUESSES', freeIn(row.guesses, limits.dailyGuesses, DAY_MS, row.now)],
    ['RECIPIENT_DAILY', freeIn(row.sent, limits.daily, DAY_MS, row.now)],
    ['RECIPIENT_HOURLY', freeIn(row.sent, limits.hourly, HOUR_MS, row.now)],
    [
      'RESEND_COOLDOWN',
      freeIn(row.sent, limits.cooldownSeconds && 1, limits.cooldownSeconds * 1000, row.now),
    ],
  ];
  const [name, waitMs] = waits.reduce((longest, one) => (one[1] > longest[1] ? one : longest));
  return rateLimited(name, waitMs);
}

/** How long until one more fits, in milliseconds; 0 when it fits now. */
function freeIn(log: string, limit: number, windowMs: number, now: number): number {
  if (limit === 0) return 0;
  const stamp = log.slice(DIGITS * (limit - 1), DIGITS * limit);
  return stamp === '' ? 0 : Math.max(0, Number(stamp) + windowMs - now);
}

function* crowdRefusal({ key, name, limit, windowMs }: CrowdLimit): Work<AppError> {
  const [row] = yield* run<Row>(
    `SELECT window_start, this_window, last_window, now_ms() AS now FROM budget WHERE key = $1`,
    [key],
  );
  if (!row) return rateLimited(name, 1000);
  const [start, current, previous, now] = [row.window_start, row.this_window, row.last_window, row.now].map(
    toNumber,
  );
  // The estimate falls by `weighed` per window; it must come down to limit - 1. Solve for the moment it does.
  const full = current! >= limit;
  const weighed = full ? current! : previous!;
  const room = full ? limit - 1 : limit - 1 - current!;
  const windowEnd = start! + (full ? 2 : 1) * windowMs;
  return rateLimited(name, windowEnd - (Math.max(room, 0) / Math.max(weighed, 1)) * windowMs - now!);
}

const toNumber = (value: SqlValue | undefined) => Number(value ?? 0);

function rateLimited(limit: LimitName, waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('RATE_LIMITED', `too many requests: ${limit}, come back in ${retryAfterSeconds} s`, {
    limit,
    retryAfterSeconds,
  });
}
