/* eslint-disable max-lines -- Both forms of one operation are in one file: docs/decisions/0017-one-operation-one-file.md. */
import { type BatchStatement, type HotOperation } from '../../database/hot-operation';
import { type Columns, ParameterTable } from '../../database/parameter-table';
import { query, type Transaction } from '../../database/statement';
import { dueInMs, insertDelivery, type NewDelivery, providerOf } from '../../delivery/queue/insert-delivery';
import { countMessageWithinLimits } from '../../limits/count-message';
import { findRefusal, type MessageLimits } from '../../limits/limit-refusals';
import { admitsDaily, admitsMessage, messagesKept, TIME_DIGITS } from '../../limits/recipient-limits';
import {
  coveredBefore,
  inWindow,
  inWindowBefore,
  type SharedBound,
  windowStart,
} from '../../limits/shared-limit-counter';
import { isSuppressed, selectIsSuppressed } from '../../recipients/suppression/suppression.repository';
import { type AppError } from '../../shared/errors';
import { suppressed } from '../suppressed-recipient';
import { findByRequestKey, insertVerification, type NewVerification } from '../verification.repository';

/** The rows that one request changes: its limits, the verification and its delivery. All of them are stored or none. */
export interface NewRequest {
  verification: NewVerification;
  delivery: NewDelivery;
  limits: MessageLimits;
}

/** Times are epoch milliseconds by the database's clock. */
export interface AcceptedRequest {
  id: string;
  createdAt: number;
  expiresAt: number;
}

type Times = { created_at: number; expires_at: number };

const REQUEST: Columns<NewRequest> = {
  id: ['text', ({ verification }) => verification.id],
  channel: ['text', ({ verification }) => verification.channel],
  purpose: ['text', ({ verification }) => verification.purpose],
  locale: ['text', ({ verification }) => verification.locale],
  recipient_sealed: ['text', ({ verification }) => verification.recipientSealed],
  recipient_key: ['text', ({ verification }) => verification.recipientKey],
  limit_key: ['text', ({ verification }) => verification.limitKey],
  app_hash: ['text', ({ verification }) => verification.appHash],
  max_attempts: ['integer', ({ verification }) => verification.maxAttempts],
  life_ms: ['bigint', ({ delivery }) => delivery.lifeMs],
  nonce: ['text', ({ verification }) => verification.nonce],
  request_key: ['text', ({ verification }) => verification.requestKey],
  request_fingerprint: ['text', ({ verification }) => verification.requestFingerprint],
  delivery_id: ['text', ({ delivery }) => delivery.id],
  delivery_status: ['text', ({ delivery }) => delivery.status],
  provider: ['text', ({ delivery }) => providerOf(delivery)],
  due_in_ms: ['bigint', ({ delivery }) => dueInMs(delivery)],
  lease: ['text', ({ delivery }) => delivery.lease],
  counted_under: ['text', ({ limits }) => limits.key],
  cooldown_ms: ['bigint', ({ limits }) => limits.recipient.cooldownSeconds * 1000],
  hourly: ['integer', ({ limits }) => limits.recipient.hourly],
  daily: ['integer', ({ limits }) => limits.recipient.daily],
  daily_attempts: ['integer', ({ limits }) => limits.recipient.dailyAttempts],
  messages_kept: ['integer', ({ limits }) => messagesKept(limits.recipient)],
};

/** Further columns of requests whose purpose has a limit. */
const PURPOSE_LIMIT: Columns<NewRequest> = {
  purpose_key: ['text', ({ limits }) => limits.purpose!.key],
  purpose_daily: ['integer', ({ limits }) => limits.purpose!.daily],
};

/** The shared limits that the requests of a batch count for, up to four for each request. */
const SHARED_LIMIT: Columns<SharedBound & { requestId: string }> = {
  request_id: ['text', ({ requestId }) => requestId],
  key: ['text', ({ key }) => key],
  max_messages: ['bigint', ({ limit }) => limit],
  window_ms: ['bigint', ({ windowMs }) => windowMs],
};

const RECIPIENT_ADMITS = admitsMessage('budget', {
  cooldownMs: 'request.cooldown_ms',
  hourly: 'request.hourly',
  daily: 'request.daily',
  dailyAttempts: 'request.daily_attempts',
});

/**
 * Locks the rows of all limits before it writes, so that every refusal is known before the first write. Recipients are
 * locked before shared limits, and the rows of each kind in the order of their keys, so that two transactions never
 * deadlock. The row of a purpose is locked right after the row of its recipient.
 *
 * A limit without a row has counted nothing yet, so its row is inserted. Another node may insert the same row at the
 * same moment. If it is the row of a recipient, the request is refused here and the transaction decides. If it is the
 * row of a shared limit, or of a purpose alone, the whole statement is undone at its end by a division by zero.
 *
 * @param ofPurpose returns its text if the purposes have a limit, and otherwise ''. These parts take 5 % more time.
 */
const acceptStatement = (request: string, sharedLimit: string, ofPurpose: (sql: string) => string) => `
WITH request AS MATERIALIZED (${request}),
shared_limit AS MATERIALIZED (${sharedLimit}),

-- The requests that the limits of their recipients and purposes admit.
recipient AS MATERIALIZED (
  SELECT request.*, budget.key IS NOT NULL AS is_known, budget.sent, budget.guesses
    ${ofPurpose(', of_purpose.key IS NOT NULL AS purpose_is_known, of_purpose.sent AS purpose_sent')}
  FROM (SELECT * FROM request ORDER BY counted_under) AS request
  LEFT JOIN LATERAL (
    SELECT key, sent, guesses FROM budget WHERE key = request.counted_under FOR NO KEY UPDATE
  ) AS budget ON true
  ${ofPurpose(`LEFT JOIN LATERAL (
    SELECT key, sent FROM budget WHERE key = request.purpose_key FOR NO KEY UPDATE
  ) AS of_purpose ON true`)}
  WHERE (budget.key IS NULL OR (${RECIPIENT_ADMITS}))
    ${ofPurpose(`AND (of_purpose.key IS NULL OR ${admitsDaily('of_purpose.sent', 'purpose_daily')})`)}
    AND NOT EXISTS (SELECT 1 FROM verification WHERE verification.request_key = request.request_key)
    AND NOT ${isSuppressed('request.recipient_key')}
),

-- What their shared limits have counted so far.
counter AS MATERIALIZED (
  SELECT shared.key, shared.window_ms, budget.key IS NOT NULL AS is_known, current.start AS window_start,
    ${inWindow('budget', 'current.start')} AS this_window,
    ${inWindowBefore('budget', 'current.start', 'shared.window_ms')} AS last_window,
    ${coveredBefore('current.start', 'shared.window_ms')} AS covered_ms
  FROM (
    SELECT DISTINCT key, window_ms FROM shared_limit
    WHERE request_id = ANY (ARRAY(SELECT id FROM recipient)) ORDER BY key
  ) AS shared
  LEFT JOIN LATERAL (
    SELECT key, window_start, this_window, last_window FROM budget WHERE key = shared.key FOR NO KEY UPDATE
  ) AS budget ON true
  CROSS JOIN LATERAL (
    SELECT greatest(budget.window_start, ${windowStart('shared.window_ms')}) AS start
  ) AS current
),

-- Each request takes its place in the row of each of its limits.
refused AS MATERIALIZED (
  SELECT request_id FROM (
    SELECT shared_limit.request_id, shared_limit.max_messages, counter.*,
      row_number() OVER (PARTITION BY counter.key ORDER BY shared_limit.request_id) AS place
    FROM shared_limit JOIN counter ON counter.key = shared_limit.key
    WHERE shared_limit.request_id = ANY (ARRAY(SELECT id FROM recipient))
  ) AS message
  WHERE (this_window + place) * window_ms + last_window * covered_ms > max_messages * window_ms
),

recipient_count AS (
  INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
  SELECT counted_under, substr(cast(now_ms() AS text) || coalesce(sent, ''), 1, ${TIME_DIGITS} * messages_kept),
    coalesce(guesses, ''), 0, 0, 0, now_ms()
  FROM recipient WHERE id <> ALL (ARRAY(SELECT request_id FROM refused)) ORDER BY counted_under
  ON CONFLICT (key) DO UPDATE SET sent = excluded.sent, updated_at = excluded.updated_at
  WHERE budget.key = ANY (ARRAY(SELECT counted_under FROM recipient WHERE is_known))
  RETURNING key
),
${ofPurpose(`purpose_count AS (
  INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
  SELECT purpose_key, substr(cast(now_ms() AS text) || coalesce(purpose_sent, ''), 1, ${TIME_DIGITS} * purpose_daily),
    '', 0, 0, 0, now_ms()
  FROM recipient WHERE counted_under = ANY (ARRAY(SELECT key FROM recipient_count)) ORDER BY purpose_key
  ON CONFLICT (key) DO UPDATE SET sent = excluded.sent, updated_at = excluded.updated_at
  WHERE budget.key = ANY (ARRAY(SELECT purpose_key FROM recipient WHERE purpose_is_known))
  RETURNING key
),`)}
accepted AS MATERIALIZED (
  SELECT * FROM recipient WHERE counted_under = ANY (ARRAY(SELECT key FROM recipient_count)) ORDER BY id
),

message_count AS MATERIALIZED (
  SELECT key, count(*) AS messages FROM shared_limit
  WHERE request_id = ANY (ARRAY(SELECT id FROM accepted)) GROUP BY key
),
shared_count AS (
  INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
  SELECT counter.key, '', '', window_start, this_window + messages, last_window, now_ms()
  FROM counter JOIN message_count ON message_count.key = counter.key ORDER BY counter.key
  ON CONFLICT (key) DO UPDATE SET window_start = excluded.window_start, this_window = excluded.this_window,
    last_window = excluded.last_window, updated_at = excluded.updated_at
  WHERE budget.key = ANY (ARRAY(SELECT key FROM counter WHERE is_known))
  RETURNING key
),

new_verification AS (
  INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, limit_key, app_hash,
    status, attempts_remaining, created_at, expires_at, nonce, request_key, request_fingerprint)
  SELECT id, channel, purpose, locale, recipient_sealed, recipient_key, limit_key, app_hash,
    'PENDING', max_attempts, now_ms(), now_ms() + life_ms, nonce, request_key, request_fingerprint
  FROM accepted
  RETURNING id, created_at, expires_at
),
new_delivery AS (
  INSERT INTO delivery (id, verification_id, channel, status, provider, attempts, rounds, ruled_out, due_at,
    lease_owner, receipt_checks, created_at, expires_at, updated_at)
  SELECT delivery_id, id, channel, delivery_status, provider, 0, 0, '', now_ms() + due_in_ms,
    lease, 0, now_ms(), now_ms() + life_ms, now_ms()
  FROM accepted
)

SELECT id, created_at, expires_at FROM new_verification
WHERE 1 / (CASE WHEN (SELECT count(*) FROM shared_count) = (SELECT count(*) FROM message_count)
  ${ofPurpose('AND (SELECT count(*) FROM purpose_count) = (SELECT count(*) FROM accepted)')} THEN 1 ELSE 0 END) = 1`;

/**
 * Stores a request. If an earlier request had the same idempotency key, nothing is stored and the earlier verification
 * is returned, which has another id.
 *
 * Throws AppError RATE_LIMITED when a limit refuses the request, and RECIPIENT_NOT_ALLOWED when the recipient is
 * suppressed; nothing is counted then.
 */
export function acceptRequest({ purpose }: MessageLimits): HotOperation<NewRequest, AcceptedRequest> {
  return purpose === null ? ACCEPT : ACCEPT_WITHIN_PURPOSE;
}

function* runTransaction({ verification, delivery, limits }: NewRequest): Transaction<AcceptedRequest> {
  const { id, requestKey } = verification;
  if (requestKey !== null) {
    const earlier = yield* findByRequestKey(requestKey);
    if (earlier) return accepted(earlier.id, earlier);
  }
  yield* countMessageWithinLimits(limits);
  const [times] = yield* query<Times>(insertVerification(verification));
  if (!times) throw suppressed();
  yield* query(insertDelivery(delivery));
  return accepted(id, times);
}

function* findRequestRefusal({ limits, verification }: NewRequest): Transaction<AppError | null> {
  const refusal = yield* findRefusal(limits);
  if (refusal !== null) return refusal;
  return (yield* selectIsSuppressed(verification.recipientKey)) ? suppressed() : null;
}

function acceptance(
  name: string,
  purposeLimit: Columns<NewRequest>,
): HotOperation<NewRequest, AcceptedRequest> {
  const request = new ParameterTable('request', { ...REQUEST, ...purposeLimit });
  const sharedLimit = new ParameterTable('shared_limit', SHARED_LIMIT, request.nextParameter);
  const ofPurpose = (sql: string) => (purposeLimit === PURPOSE_LIMIT ? sql : '');
  const batch: BatchStatement<NewRequest, AcceptedRequest> = {
    sql: acceptStatement(request.select, sharedLimit.select, ofPurpose),
    params: (requests) => [
      ...request.arrays(requests),
      ...sharedLimit.arrays(requests.flatMap(sharedLimitsOf)),
    ],
    idOf: ({ verification }) => verification.id,
    ownKeys: ({ verification: { requestKey }, limits }) =>
      requestKey === null ? [limits.key] : [limits.key, requestKey],
    sharedKeys: ({ limits }) => limits.shared.map(({ key }) => key),
    resultOf: (row, { verification }) => accepted(verification.id, row as Times),
  };
  return { name, findRefusal: findRequestRefusal, transaction: runTransaction, batch };
}

const ACCEPT = acceptance('accept a request', {});
const ACCEPT_WITHIN_PURPOSE = acceptance('accept a request whose purpose has a limit', PURPOSE_LIMIT);

function sharedLimitsOf({ verification, limits }: NewRequest) {
  return limits.shared.map((limit) => ({ ...limit, requestId: verification.id }));
}

function accepted(id: string, { created_at, expires_at }: Times): AcceptedRequest {
  return { id, createdAt: created_at, expiresAt: expires_at };
}
