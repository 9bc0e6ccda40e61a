import { query, type Transaction } from '../database/statement';
import { DAY_MS, HOUR_MS } from '../shared/clock';
import { AppError } from '../shared/errors';
import { type RecipientLimits, TIME_DIGITS } from './recipient-limits';
import { type SharedBound } from './shared-limit-counter';

/** The names of all limits, as in `extensions.limit` and in the metrics. */
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

/** The setting of each limit. */
export const LIMIT_SETTINGS: Record<LimitName, string> = {
  RESEND_COOLDOWN: 'RESEND_COOLDOWN_SECONDS',
  RECIPIENT_HOURLY: 'RECIPIENT_HOURLY_LIMIT',
  RECIPIENT_DAILY: 'RECIPIENT_DAILY_LIMIT',
  RECIPIENT_DAILY_GUESSES: 'RECIPIENT_DAILY_GUESSES',
  IP_HOURLY: 'IP_HOURLY_LIMIT',
  SMS_PREFIX: 'SMS_PREFIX_HOURLY_LIMIT',
  SMS_DAILY: 'SMS_DAILY_LIMIT',
  EMAIL_DAILY: 'EMAIL_DAILY_LIMIT',
};

/** A limit that many recipients share, such as the messages that one address may request in an hour. */
export interface SharedLimit extends SharedBound {
  name: LimitName;
}

/** The limit on the messages of one purpose to one recipient, which is exact like the recipient's other limits. */
export interface PurposeLimit {
  /** The key that these messages are counted under. */
  key: string;
  /** Messages in any 24 hours, 1 or more. */
  daily: number;
}

/** The limits that concern one recipient. */
export interface LimitsOfRecipient {
  /** The key that the recipient's own limits are counted under. */
  key: string;
  recipient: RecipientLimits;
  /** Null when the purpose of the message has no limit. */
  purpose: PurposeLimit | null;
}

/** The limits that a message counts for. */
export interface MessageLimits extends LimitsOfRecipient {
  shared: readonly SharedLimit[];
}

interface CounterRow {
  key: string;
  sent: string;
  wrong_attempts: string;
  window_start: number;
  this_window: number;
  last_window: number;
  now: number;
}

/**
 * Reads which limit refuses one more message, without locking any row. The recipient's limits are read first, then the
 * shared limits in their order.
 *
 * @returns AppError RATE_LIMITED, or null when no limit refuses it.
 */
export function* findRefusal(limits: MessageLimits): Transaction<AppError | null> {
  return (yield* findRecipientRefusal(limits)) ?? (yield* findSharedRefusal(limits.shared));
}

/**
 * Like `findRefusal`, for the limits of the recipient only. If several refuse, the one with the longest wait is
 * returned.
 */
export function* findRecipientRefusal({
  key,
  recipient,
  purpose,
}: LimitsOfRecipient): Transaction<AppError | null> {
  const rows = yield* readRows(purpose === null ? [key] : [key, purpose.key]);
  const waits = rows.flatMap((row) =>
    row.key === key ? recipientWaits(row, recipient) : purposeWaits(row, purpose!),
  );
  return longestOf(waits);
}

/** Like `findRefusal`, for the limit of the purpose only. */
export function* findPurposeRefusal(purpose: PurposeLimit): Transaction<AppError | null> {
  const rows = yield* readRows([purpose.key]);
  return longestOf(rows.flatMap((row) => purposeWaits(row, purpose)));
}

/** Like `findRefusal`, for the shared limits only. */
export function* findSharedRefusal(shared: readonly SharedLimit[]): Transaction<AppError | null> {
  if (shared.length === 0) return null;
  const rows = yield* readRows(shared.map(({ key }) => key));
  for (const limit of shared) {
    const row = rows.find(({ key }) => key === limit.key);
    const waitMs = row ? sharedLimitWait(row, limit) : 0;
    if (waitMs > 0) return rateLimited(limit.name, waitMs);
  }
  return null;
}

function readRows(keys: readonly string[]): Transaction<CounterRow[]> {
  const places = keys.map((_, index) => `$${index + 1}`).join(', ');
  return query<CounterRow>(
    `SELECT key, sent, guesses AS wrong_attempts, window_start, this_window, last_window, now_ms() AS now FROM budget
     WHERE key IN (${places})`,
    keys,
  );
}

/** How long until a limit admits one more, in milliseconds; 0 when it does now. */
type Wait = readonly [limit: LimitName, waitMs: number];

/** The refusal by the limit with the longest wait, or null when no limit refuses. */
function longestOf(waits: readonly Wait[]): AppError | null {
  let longest: Wait | null = null;
  for (const wait of waits) if (wait[1] > (longest?.[1] ?? 0)) longest = wait;
  return longest && rateLimited(...longest);
}

function recipientWaits(
  { sent, wrong_attempts: wrongAttempts, now }: CounterRow,
  limits: RecipientLimits,
): Wait[] {
  const { cooldownSeconds, hourly, daily, dailyAttempts } = limits;
  return [
    ['RECIPIENT_DAILY_GUESSES', freeIn(wrongAttempts, dailyAttempts, DAY_MS, now)],
    ['RECIPIENT_DAILY', freeIn(sent, daily, DAY_MS, now)],
    ['RECIPIENT_HOURLY', freeIn(sent, hourly, HOUR_MS, now)],
    ['RESEND_COOLDOWN', freeIn(sent, cooldownSeconds && 1, cooldownSeconds * 1000, now)],
  ];
}

function purposeWaits({ sent, now }: CounterRow, { daily }: PurposeLimit): Wait[] {
  return [['RECIPIENT_DAILY', freeIn(sent, daily, DAY_MS, now)]];
}

/** How long until a limit admits one more of the events at `times`, in milliseconds; 0 when it does now. */
function freeIn(times: string, limit: number, windowMs: number, now: number): number {
  if (limit === 0) return 0;
  const time = times.slice(TIME_DIGITS * (limit - 1), TIME_DIGITS * limit);
  return time === '' ? 0 : Math.max(0, Number(time) + windowMs - now);
}

/**
 * How long until a shared limit admits one more message, in milliseconds; 0 or less when it does now.
 *
 * The count of the sliding window must fall to `limit - 1`. As the sliding window leaves a counted window, that
 * window's counter is weighed less and less, so the count falls at a constant rate.
 */
function sharedLimitWait(row: CounterRow, { limit, windowMs }: SharedBound): number {
  const { window_start: start, this_window: current, last_window: previous, now } = row;
  const isFull = current >= limit;
  const falling = isFull ? current : previous;
  if (falling === 0) return 0;
  const remaining = isFull ? limit - 1 : limit - 1 - current;
  const windowEnd = start + (isFull ? 2 : 1) * windowMs;
  return Math.floor(windowEnd - (remaining / falling) * windowMs - now);
}

/** The refusal by a limit that refused a moment ago, but admits one more by the time its row is read. */
export function rateLimitedUntilNow(limit: LimitName): AppError {
  return rateLimited(limit, 0);
}

/** @param waitMs how long until the limit admits one more, in milliseconds. */
export function rateLimited(limit: LimitName, waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `the limit ${limit} is reached; try again in ${retryAfterSeconds} seconds`;
  return new AppError('RATE_LIMITED', message, { limit, retryAfterSeconds });
}
