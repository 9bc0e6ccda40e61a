import { type HotOperation } from '../../database/hot-operation';
import { ParameterTable } from '../../database/parameter-table';
import { query } from '../../database/statement';
import { EVENT_COLUMNS, type EventOutbox } from '../../events/event-outbox';
import { findRecipientRefusal, rateLimitedUntilNow } from '../../limits/limit-refusals';
import {
  admitsDaily,
  countAttempt,
  countedUnder,
  type RecipientLimits,
  TIME_DIGITS,
} from '../../limits/recipient-limits';
import { aboutRecipient } from '../../shared/errors';
import { COLUMNS, LIVE, selectVerification, type VerificationRow } from '../verification.repository';

/** One check of a code. The codes were compared before, so the operation only counts the result. */
export interface Attempt {
  verificationId: string;
  right: boolean;
  /** Blind index of the check's idempotency key; null without one. */
  verifyKey: string | null;
  limits: RecipientLimits;
}

export interface ConsumedAttempt {
  /** The verification, after the attempt if one was consumed; null for an unknown id. */
  row: VerificationRow | null;
  consumed: boolean;
}

const ATTEMPT = new ParameterTable<Attempt>('attempt', {
  id: ['text', ({ verificationId }) => verificationId],
  is_right: ['integer', ({ right }) => (right ? 1 : 0)],
  new_verify_key: ['text', ({ verifyKey }) => verifyKey],
  daily_attempts: ['integer', ({ limits }) => limits.dailyAttempts],
});

/**
 * Locks all rows before it writes, so that every refusal is known before the first write. Verifications are locked
 * before recipients, and the rows of each table in the order of their keys, so that two transactions never deadlock.
 *
 * It refuses attempts of a recipient that has no row, because retention has removed it. The transaction then decides.
 */
const consumeSql = (storesEvents: boolean) => `
WITH attempt AS MATERIALIZED (${ATTEMPT.select}),

-- The attempts at verifications that are live.
live AS MATERIALIZED (
  SELECT attempt.*, verification.counted_under
  FROM (SELECT * FROM attempt ORDER BY id) AS attempt
  CROSS JOIN LATERAL (
    SELECT coalesce(limit_key, recipient_key) AS counted_under FROM verification
    WHERE verification.id = attempt.id AND ${LIVE} FOR NO KEY UPDATE
  ) AS verification
),

-- The latest wrong attempts of their recipients.
recipient AS MATERIALIZED (
  SELECT limited.counted_under, budget.guesses
  FROM (SELECT DISTINCT counted_under FROM live WHERE daily_attempts > 0 ORDER BY counted_under) AS limited
  CROSS JOIN LATERAL (SELECT guesses FROM budget WHERE key = limited.counted_under FOR NO KEY UPDATE) AS budget
),

-- An attempt that is not the first of its recipient is admitted as if all before it were wrong.
admitted AS MATERIALIZED (
  SELECT attempt.* FROM (
    SELECT live.*, recipient.guesses,
      cast(row_number() OVER (PARTITION BY live.counted_under ORDER BY live.id) AS integer) - 1 AS before
    FROM live LEFT JOIN recipient ON recipient.counted_under = live.counted_under
  ) AS attempt
  WHERE daily_attempts = 0
    OR (before < daily_attempts AND ${admitsDaily('guesses', '(daily_attempts - before)')})
),

wrong_count AS (
  UPDATE budget SET updated_at = now_ms(),
    guesses = substr(repeat(cast(now_ms() AS text), wrong.attempts) || budget.guesses, 1, ${TIME_DIGITS} * wrong.daily_attempts)
  FROM (
    SELECT counted_under, cast(count(*) AS integer) AS attempts, max(daily_attempts) AS daily_attempts
    FROM admitted WHERE is_right = 0 AND daily_attempts > 0 GROUP BY counted_under
  ) AS wrong
  WHERE budget.key = wrong.counted_under
),

consumed AS (
  UPDATE verification SET attempts_remaining = attempts_remaining - 1,
    status = CASE WHEN is_right = 1 THEN 'VERIFIED' ELSE status END,
    settled_at = CASE WHEN is_right = 1 THEN now_ms() ELSE settled_at END,
    verify_key = CASE WHEN is_right = 1 THEN new_verify_key ELSE verify_key END
  FROM admitted WHERE verification.id = admitted.id
  RETURNING verification.*, now_ms() AS now
)
${storesEvents ? STORE_EVENTS : ''}

SELECT * FROM consumed`;

const STORE_EVENTS = `,
new_event AS (
  INSERT INTO event (${EVENT_COLUMNS})
  SELECT lower(ended.status) || '-' || id, 'verification.' || lower(ended.status), id, NULL, ended.status, NULL,
    now_ms(), now_ms()
  FROM (SELECT id, CASE WHEN status = 'VERIFIED' THEN status ELSE 'LOCKED' END AS status FROM consumed
    WHERE status = 'VERIFIED' OR attempts_remaining = 0) AS ended
  ON CONFLICT (id) DO NOTHING
)`;

/**
 * Consumes one attempt, and sets the verification to VERIFIED if the code is right. Nothing is consumed when the
 * verification has ended.
 *
 * Throws AppError RATE_LIMITED when the recipient's wrong attempts of the day are used up; nothing is consumed then.
 */
export const createConsumeAttempt = (events: EventOutbox): HotOperation<Attempt, ConsumedAttempt> => ({
  name: 'consume an attempt',

  /**
   * The update matches only a live row. However many checks arrive at once, each attempt is consumed by one of them,
   * and at most one succeeds.
   */
  *transaction({ verificationId, right, verifyKey, limits }) {
    const [row] = yield* query<VerificationRow>(
      `UPDATE verification SET attempts_remaining = attempts_remaining - 1,
         status = CASE WHEN $2 = 1 THEN 'VERIFIED' ELSE status END,
         settled_at = CASE WHEN $2 = 1 THEN now_ms() ELSE settled_at END,
         verify_key = CASE WHEN $2 = 1 THEN $3 ELSE verify_key END
       WHERE id = $1 AND ${LIVE}
       RETURNING ${COLUMNS}`,
      [verificationId, right ? 1 : 0, verifyKey],
    );
    if (!row) return { row: yield* selectVerification(verificationId), consumed: false };
    if (right) yield* events.storeVerification(row.id, 'verification.verified');
    else if (row.attempts_remaining === 0) yield* events.storeVerification(row.id, 'verification.locked');
    if (limits.dailyAttempts === 0) return { row, consumed: true };
    const key = countedUnder(row);
    const counted = yield* query(countAttempt(key, !right, limits.dailyAttempts));
    if (counted.length === 1) return { row, consumed: true };
    const refusal =
      (yield* findRecipientRefusal({ key, recipient: limits, purpose: null })) ??
      rateLimitedUntilNow('RECIPIENT_DAILY_GUESSES');
    throw aboutRecipient(refusal, { key: row.recipient_key, channel: row.channel });
  },

  batch: {
    sql: consumeSql(events.enabled),
    params: (attempts) => ATTEMPT.arrays(attempts),
    idOf: ({ verificationId }) => verificationId,
    ownKeys: ({ verificationId }) => [verificationId],
    resultOf: (row) => ({ row: row as VerificationRow, consumed: true }),
  },
});
