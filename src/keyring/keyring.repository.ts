import { type Database } from '../database/database';
import { query, type Transaction } from '../database/statement';
import { type KeyPurpose } from './keyring.entity';
import { type WrappedKey } from './master-secret';

export interface KeyRow extends WrappedKey {
  purpose: KeyPurpose;
  number: number;
  created_at: number;
  retired_at: number | null;
}

const COLUMNS = 'purpose, number, salt, wrapped, created_at, retired_at';

/** Binds a wrapped key to its row: with another purpose or number it cannot be unwrapped. */
export function wrapContext(purpose: KeyPurpose, number: number): string {
  return `injeung keyring ${purpose} ${number}`;
}

/** All keys, the newest of each purpose first. */
export function readKeys(database: Database): Promise<KeyRow[]> {
  return database.read<KeyRow>(`SELECT ${COLUMNS} FROM keyring ORDER BY purpose, number DESC`);
}

export function readKeysOf(database: Database, purpose: KeyPurpose): Promise<KeyRow[]> {
  return database.read<KeyRow>(`SELECT ${COLUMNS} FROM keyring WHERE purpose = $1 ORDER BY number DESC`, [
    purpose,
  ]);
}

/** Stores the first key of a purpose, unless another node has stored it before. */
export async function addFirstKey(database: Database, purpose: KeyPurpose, key: WrappedKey): Promise<void> {
  await database.write(
    `INSERT INTO keyring (purpose, number, salt, wrapped, created_at, retired_at)
     VALUES ($1, 1, $2, $3, now_ms(), NULL) ON CONFLICT (purpose, number) DO NOTHING`,
    [purpose, key.salt, key.wrapped],
  );
}

/** Stores a key wrapped again, unless another node has done so since `row` was read. */
export async function rewrapKey(database: Database, row: KeyRow, key: WrappedKey): Promise<void> {
  await database.write(
    `UPDATE keyring SET salt = $1, wrapped = $2 WHERE purpose = $3 AND number = $4 AND wrapped = $5`,
    [key.salt, key.wrapped, row.purpose, row.number, row.wrapped],
  );
}

export interface Succession {
  /** Number of the newest proof key, which the new key follows. */
  after: number;
  /** How old the newest key must be, in milliseconds. */
  minAgeMs: number;
  /** When the newest key stops signing, in milliseconds from now. */
  retireInMs: number;
  /** Retires all earlier keys as of the epoch, so that no proof signed with them is valid. */
  revoke: boolean;
  /** Keys that retired longer ago than this are deleted, in milliseconds. */
  forgetAfterMs: number;
}

/**
 * Retires the newest proof key and stores its successor. Returns false when another node has done so since `after` was
 * read: only one update can retire the row.
 */
export function* succeedProofKey(key: WrappedKey, succession: Succession): Transaction<boolean> {
  const { after, minAgeMs, retireInMs, revoke, forgetAfterMs } = succession;
  const retired = yield* query(
    `UPDATE keyring SET retired_at = now_ms() + $1
     WHERE purpose = 'proof' AND number = $2 AND retired_at IS NULL AND (cast($3 AS bigint) = 0 OR created_at <= now_ms() - $3)
     RETURNING number`,
    [retireInMs, after, minAgeMs],
  );
  if (retired.length === 0) return false;
  if (revoke) yield* query(`UPDATE keyring SET retired_at = 0 WHERE purpose = 'proof'`);
  yield* query(`DELETE FROM keyring WHERE purpose = 'proof' AND retired_at < now_ms() - $1`, [forgetAfterMs]);
  yield* query(
    `INSERT INTO keyring (purpose, number, salt, wrapped, created_at, retired_at)
     VALUES ('proof', $1, $2, $3, now_ms(), NULL)`,
    [after + 1, key.salt, key.wrapped],
  );
  return true;
}
