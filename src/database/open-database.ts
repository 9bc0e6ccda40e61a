import { type Clock } from '../shared/clock';
import { type Database } from './database';
import { isSqliteUrl } from './database-url';
import { openPostgres, openPostgresForCommand } from './postgres/open-postgres';
import { openSqlite, openSqliteForCommand } from './sqlite/open-sqlite';
import { DEFAULT_POOL, type PoolSettings } from './pool-settings';
import { type Schema } from './schema';

/**
 * Opens the database of DATABASE_URL for a command, beside a server that may be running. It applies no migrations.
 *
 * @throws DatabaseFault with a message for the operator, also for a database that the server has not migrated yet.
 */
export async function openDatabaseForCommand(url: string, schema: Schema): Promise<Database> {
  return isSqliteUrl(url)
    ? openSqliteForCommand(url, schema, DEFAULT_POOL)
    : openPostgresForCommand(url, schema, { ...DEFAULT_POOL, size: 2 });
}

/**
 * Opens the database of DATABASE_URL and applies the missing migrations.
 *
 * @param testClock replaces the system's clock on SQLite and the database's own on PostgreSQL.
 * @throws DatabaseFault with a message for the operator.
 */
export async function openDatabase(
  url: string,
  schema: Schema,
  { pool = DEFAULT_POOL, testClock }: { pool?: PoolSettings; testClock?: Clock } = {},
): Promise<Database> {
  return isSqliteUrl(url)
    ? openSqlite(url, schema, pool, testClock)
    : openPostgres(url, schema, pool, testClock);
}
