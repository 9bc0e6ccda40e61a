import { isSuppressed } from '../recipients/suppression/suppression.repository';
import { type DeliveryFailure } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Database } from '../database/database';
import { query, type Statement, type Transaction } from '../database/statement';
import { type DeliveryStatus } from '../delivery/delivery.entity';
import { type StoredStatus } from './verification.entity';

/** A row of the table as the database returns it, in snake case. */
export interface VerificationRow {
  id: string;
  channel: Channel;
  purpose: string;
  locale: string;
  recipient_sealed: string;
  recipient_key: string;
  limit_key: string | null;
  app_hash: string | null;
  status: StoredStatus;
  attempts_remaining: number;
  created_at: number;
  expires_at: number;
  settled_at: number | null;
  nonce: string | null;
  request_fingerprint: string | null;
  verify_key: string | null;
  /** The database's clock when the row was read. */
  now: number;
}

/** A verification with the state of its latest message and of its recipient's cooldown. */
export interface VerificationWithDelivery extends VerificationRow {
  recipient_sent: string | null;
  delivery_status: DeliveryStatus;
  delivery_failure: DeliveryFailure | null;
  delivery_updated_at: number;
}

export interface NewVerification {
  id: string;
  channel: Channel;
  purpose: string;
  locale: string;
  recipientSealed: string;
  recipientKey: string;
  /** Null when it equals `recipientKey`. */
  limitKey: string | null;
  /** Null: the SMS has no app hash, or the message is an e-mail. */
  appHash: string | null;
  maxAttempts: number;
  ttlSeconds: number;
  nonce: string | null;
  requestKey: string | null;
  requestFingerprint: string | null;
}

/** The columns of `VerificationRow`. */
export const COLUMNS = `id, channel, purpose, locale, recipient_sealed, recipient_key, limit_key, app_hash, status,
  attempts_remaining, created_at, expires_at, settled_at, nonce, request_fingerprint, verify_key, now_ms() AS now`;

/** Condition: the verification can still be verified. */
export const LIVE = `status = 'PENDING' AND attempts_remaining > 0 AND expires_at > now_ms()`;

export function* selectVerification(id: string): Transaction<VerificationRow | null> {
  const [row] = yield* query<VerificationRow>(`SELECT ${COLUMNS} FROM verification WHERE id = $1`, [id]);
  return row ?? null;
}

/**
 * Locks the row until the transaction ends. Lock it before the recipient's limits, as checks and erasures do, so
 * that two transactions never deadlock. SQLite has one writer, so it has no row locks.
 */
export function* lockVerification(
  id: string,
  dialect: Database['dialect'],
): Transaction<VerificationRow | null> {
  const lock = dialect === 'postgres' ? 'FOR NO KEY UPDATE' : '';
  const [row] = yield* query<VerificationRow>(`SELECT ${COLUMNS} FROM verification WHERE id = $1 ${lock}`, [
    id,
  ]);
  return row ?? null;
}

/** Stores a new verification and returns `created_at` and `expires_at`; no row when its recipient is suppressed. */
export function insertVerification(row: NewVerification): Statement {
  return {
    sql: `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, limit_key, app_hash,
        status, attempts_remaining, created_at, expires_at, nonce, request_key, request_fingerprint)
      SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'PENDING', cast($9 AS integer), now_ms(), now_ms() + $10, $11, $12, $13
      WHERE NOT ${isSuppressed('$6')}
      RETURNING created_at, expires_at`,
    params: [
      row.id,
      row.channel,
      row.purpose,
      row.locale,
      row.recipientSealed,
      row.recipientKey,
      row.limitKey,
      row.appHash,
      row.maxAttempts,
      row.ttlSeconds * 1000,
      row.nonce,
      row.requestKey,
      row.requestFingerprint,
    ],
  };
}

/**
 * The live verification with a request key. If it has expired, its key is removed, so that the key can be used again.
 */
export function* findByRequestKey(requestKey: string): Transaction<VerificationRow | null> {
  yield* query(
    `UPDATE verification SET request_key = NULL WHERE request_key = $1 AND expires_at <= now_ms()`,
    [requestKey],
  );
  const [row] = yield* query<VerificationRow>(`SELECT ${COLUMNS} FROM verification WHERE request_key = $1`, [
    requestKey,
  ]);
  return row ?? null;
}

/** Like `findByRequestKey` but without a write, because every refused request with an idempotency key calls it. */
export async function findLiveByRequestKey(
  database: Database,
  requestKey: string,
): Promise<VerificationRow | null> {
  const [row] = await database.read<VerificationRow>(
    `SELECT ${COLUMNS} FROM verification WHERE request_key = $1 AND expires_at > now_ms()`,
    [requestKey],
  );
  return row ?? null;
}

export async function findVerification(database: Database, id: string): Promise<VerificationRow | null> {
  const [row] = await database.read<VerificationRow>(`SELECT ${COLUMNS} FROM verification WHERE id = $1`, [
    id,
  ]);
  return row ?? null;
}

/** As `findVerification`. Null also when the recipient is suppressed, so that nothing is sent to it. */
export async function findSendableVerification(
  database: Database,
  id: string,
): Promise<VerificationRow | null> {
  const [row] = await database.read<VerificationRow>(
    `SELECT ${COLUMNS} FROM verification WHERE id = $1 AND NOT ${isSuppressed('recipient_key')}`,
    [id],
  );
  return row ?? null;
}

export async function findVerificationWithDelivery(
  database: Database,
  id: string,
): Promise<VerificationWithDelivery | null> {
  const [row] = await database.read<VerificationWithDelivery>(
    `SELECT v.*, now_ms() AS now, b.sent AS recipient_sent, d.status AS delivery_status,
            d.failure AS delivery_failure, d.updated_at AS delivery_updated_at
     FROM verification v
     JOIN delivery d ON d.id = (SELECT latest.id FROM delivery latest WHERE latest.verification_id = v.id
                                ORDER BY latest.created_at DESC, latest.id DESC LIMIT 1)
     LEFT JOIN budget b ON b.key = coalesce(v.limit_key, v.recipient_key)
     WHERE v.id = $1`,
    [id],
  );
  return row ?? null;
}

/** Cancels a verification if it is live. Returns its id then, and no row otherwise. */
export function cancelLive(id: string): Statement {
  return {
    sql: `UPDATE verification SET status = 'CANCELED', settled_at = now_ms() WHERE id = $1 AND ${LIVE} RETURNING id`,
    params: [id],
  };
}

/**
 * Marks a verification's proof as consumed.
 *
 * @returns false when it was consumed before, or when the verification has no proof.
 */
export async function markProofConsumed(database: Database, id: string): Promise<boolean> {
  const rows = await database.write(
    `UPDATE verification SET proof_consumed_at = now_ms()
     WHERE id = $1 AND status = 'VERIFIED' AND proof_consumed_at IS NULL RETURNING id`,
    [id],
  );
  return rows.length === 1;
}
