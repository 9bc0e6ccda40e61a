import { type Clock } from '../shared/clock';
import { type Database } from './database';
import { isSqliteUrl } from './database-url';
import { openPostgres } from './open-postgres';
import { openSqlite } from './open-sqlite';

/** Settings of the connection pool; SQLite uses the second alone. */
export interface PoolSettings {
  size: number;
  /** How long a request waits for a free connection, on SQLite for another process's lock, in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may run, in milliseconds; any time when it is missing. */
  statementTimeoutMs?: number;
}

export const DEFAULT_POOL: PoolSettings = { size: 10, connectTimeoutMs: 5_000, statementTimeoutMs: 15_000 };

/**
 * Opens the database that DATABASE_URL names and brings its schema up to date.
 *
 * @param testClock replaces the system's clock on SQLite and the database's own on PostgreSQL.
 * @throws DatabaseFault with a message for the operator.
 */
export async function openDatabase(
  url: string,
  { pool = DEFAULT_POOL, testClock }: { pool?: PoolSettings; testClock?: Clock } = {},
): Promise<Database> {
  return isSqliteUrl(url) ? openSqlite(url, pool, testClock) : openPostgres(url, pool, testClock);
}
