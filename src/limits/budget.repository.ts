import { query, type Row, type SqlValue, type Transaction } from '../database/statement';
import { DAY_MS, HOUR_MS } from '../shared/clock';
import { AppError } from '../shared/errors';
import { DIGITS, guessSpending, messageSpending, type RecipientLimits } from './budget-statements';
import { countForAll, type SharedBound } from './shared-limit-statements';

/** Every limit, as `extensions.limit` and the metrics name it. */
export const LIMIT_NAMES = [
  'RESEND_COOLDOWN',
  'RECIPIENT_HOURLY',
  'RECIPIENT_DAILY',
  'RECIPIENT_DAILY_GUESSES',
  'IP_HOURLY',
  'SMS_PREFIX',
  'SMS_DAILY',
  'EMAIL_DAILY',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** A limit that many recipients share: all requests of an address, all SMS to a block of numbers, all mails of a day. */
export interface CrowdLimit extends SharedBound {
  name: LimitName;
}

/** A budget untouched for this long counts nothing any more: a crowd's day weighs the day before. */
export const LONGEST_WINDOW_MS = 2 * DAY_MS;

/**
 * Counts a message to a recipient, or throws RATE_LIMITED and counts nothing.
 */
export function* spendMessage(key: string, limits: RecipientLimits): Transaction<void> {
  if ((yield* query(messageSpending(key, limits))).length === 0) throw yield* recipientRefusal(key, limits);
}

/**
 * Takes the budget of the verification's recipient for a guess and, when it was wrong, counts it; throws RATE_LIMITED
 * when the day's guesses are used up, for right and wrong guesses alike.
 */
export function* spendGuess(
  verification: { id: string; recipient_key: string; limit_key: string | null },
  wrong: boolean,
  limits: RecipientLimits,
): Transaction<void> {
  if (limits.dailyGuesses === 0) return;
  const spending = guessSpending(verification.id, wrong, limits.dailyGuesses);
  if ((yield* query(spending)).length === 0)
    throw yield* recipientRefusal(countedUnder(verification), limits);
}

/** Counts one message for every shared limit, or throws RATE_LIMITED for the first that refuses it. */
export function* spendShared(limits: readonly CrowdLimit[]): Transaction<void> {
  if (limits.length === 0) return;
  const admitted = (yield* query<{ key: string }>(countForAll(limits))).map(({ key }) => key);
  const refused = limits.find(({ key }) => !admitted.includes(key));
  if (refused) throw yield* crowdRefusal(refused);
}

/** The key that a verification's messages and attempts count under. */
export function countedUnder(row: { recipient_key: string; limit_key: string | null }): string {
  return row.limit_key ?? row.recipient_key;
}

/** When the recipient was last sent a message, or null. */
export function lastSentAt(sent: string | null): number | null {
  return sent ? Number(sent.slice(0, DIGITS)) : null;
}

function* recipientRefusal(key: string, limits: RecipientLimits): Transaction<AppError> {
  const [row] = yield* query<{ sent: string; guesses: string; now: number }>(
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

function* crowdRefusal({ key, name, limit, windowMs }: CrowdLimit): Transaction<AppError> {
  const [row] = yield* query<Row>(
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

/** @param waitMs until one more is admitted. */
export function rateLimited(limit: LimitName, waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError(
    'RATE_LIMITED',
    `the limit ${limit} is reached; try again in ${retryAfterSeconds} seconds`,
    {
      limit,
      retryAfterSeconds,
    },
  );
}
