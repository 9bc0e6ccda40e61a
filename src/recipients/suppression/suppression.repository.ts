import { type Database } from '../../database/database';
import { query, type SqlValue, type Statement, type Transaction } from '../../database/statement';
import { type Channel } from '../channel';
import { type SuppressionCause } from './suppression.entity';

/** A suppression as it is stored. */
export interface SuppressionRow {
  key: string;
  channel: Channel;
  recipient_sealed: string | null;
  cause: SuppressionCause;
  note: string | null;
  verification_id: string | null;
  created_at: number;
}

export type NewSuppression = Omit<SuppressionRow, 'created_at'>;

/** SQL condition: the recipient with the blind index `key`, an SQL expression, is suppressed. */
export function isSuppressed(key: string): string {
  return `EXISTS (SELECT 1 FROM suppression WHERE suppression.key = ${key})`;
}

/**
 * Returns the key of a new suppression. It returns no row when the recipient is suppressed already, and when the
 * verification whose message bounced does not exist any more, because its recipient was erased meanwhile.
 */
export function insertSuppression(row: NewSuppression): Statement {
  return {
    sql: `INSERT INTO suppression (key, channel, recipient_sealed, cause, note, verification_id, created_at)
      SELECT $1, $2, $3, $4, $5, $6, now_ms()
      WHERE cast($6 AS text) IS NULL OR EXISTS (SELECT 1 FROM verification WHERE id = $6)
      ON CONFLICT (key) DO NOTHING RETURNING key, created_at`,
    params: [row.key, row.channel, row.recipient_sealed, row.cause, row.note, row.verification_id],
  };
}

/** @returns whether the recipient was suppressed. */
export async function deleteSuppression(database: Database, key: string): Promise<boolean> {
  const rows = await database.write(`DELETE FROM suppression WHERE key = $1 RETURNING key`, [key]);
  return rows.length === 1;
}

export async function findSuppression(database: Database, key: string): Promise<SuppressionRow | null> {
  const [row] = await database.read<SuppressionRow>(`SELECT * FROM suppression WHERE key = $1`, [key]);
  return row ?? null;
}

/** Whether a recipient is suppressed, inside a transaction. */
export function* selectIsSuppressed(key: string): Transaction<boolean> {
  return (yield* query(`SELECT key FROM suppression WHERE key = $1`, [key])).length === 1;
}

/** Removes who the recipient is. The recipient stays suppressed. */
export function* forgetSuppressedRecipient(key: string): Transaction<void> {
  yield* query(`UPDATE suppression SET recipient_sealed = NULL, note = NULL WHERE key = $1`, [key]);
}

export interface SuppressionPosition {
  at: number;
  key: string;
}

/** Returns up to `limit` suppressions after a position, newest first. */
export function listSuppressions(
  database: Database,
  limit: number,
  after: SuppressionPosition | null,
): Promise<SuppressionRow[]> {
  const params: SqlValue[] = after ? [limit, after.at, after.key] : [limit];
  const condition = after ? 'WHERE created_at < $2 OR (created_at = $2 AND key < $3)' : '';
  return database.read<SuppressionRow>(
    `SELECT * FROM suppression ${condition} ORDER BY created_at DESC, key DESC LIMIT $1`,
    params,
  );
}
