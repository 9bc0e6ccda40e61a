import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSqliteUrl, sqlitePath } from './database-url';
import { type Read } from './migration-state';
import { type PoolSettings } from './pool-settings';
import { type PostgresClient } from './postgres/postgres-client';
import { contactPostgres } from './postgres/postgres-connection';
import { postgresFault } from './postgres/postgres-fault';
import { searchPath } from './postgres/postgres-session';
import { parsePostgresUrl } from './postgres/postgres-url';
import { sqliteFault } from './sqlite/sqlite-fault';
import { isChecked, openChecked } from './sqlite/sqlite-file';

/** A database that can be reached. */
export interface Inspected {
  read: Read;
  /** Whether the connection goes through a pooler. (A pooler that does not keep sessions is a DatabaseFault.) */
  pooled: boolean;
  /** Whether the whole SQLite file was checked for damage. Always true for PostgreSQL, which finds damage itself. */
  checked: boolean;
}

/** The SQLite file does not exist yet, but it can be created. */
export class NoDatabaseYet extends Error {
  constructor(readonly path: string) {
    super(`${path} does not exist yet`);
    this.name = 'NoDatabaseYet';
  }
}

/**
 * Reads the database of DATABASE_URL without changing it. A server may use it at the same time.
 *
 * @throws NoDatabaseYet, or DatabaseFault when the database cannot be used.
 */
export function inspectDatabase<T>(
  url: string,
  pool: PoolSettings,
  inspect: (inspected: Inspected) => Promise<T>,
): Promise<T> {
  return isSqliteUrl(url)
    ? inspectSqlite(sqlitePath(url), pool, inspect)
    : inspectPostgres(url, pool, inspect);
}

async function inspectSqlite<T>(
  path: string,
  { connectTimeoutMs }: PoolSettings,
  inspect: (inspected: Inspected) => Promise<T>,
): Promise<T> {
  try {
    if (!existsSync(path)) {
      accessSync(closestDirectory(dirname(path)), constants.W_OK | constants.X_OK);
      throw new NoDatabaseYet(path);
    }
    // The server's lock file is ignored, because it excludes a second server and not a reader. The connection is not
    // `readonly`, because such a connection cannot remove the -wal and -shm files that it creates.
    const connection = openChecked(path, connectTimeoutMs);
    try {
      connection.pragma('query_only = ON');
      const read = async <R>(sql: string) => connection.prepare(sql).all() as R[];
      return await inspect({ read, pooled: false, checked: isChecked(connection) });
    } finally {
      connection.close();
    }
  } catch (error) {
    throw error instanceof NoDatabaseYet ? error : sqliteFault(path, error);
  }
}

function closestDirectory(directory: string): string {
  return existsSync(directory) ? directory : closestDirectory(dirname(directory));
}

async function inspectPostgres<T>(
  url: string,
  { connectTimeoutMs }: PoolSettings,
  inspect: (inspected: Inspected) => Promise<T>,
): Promise<T> {
  const target = parsePostgresUrl(url);
  try {
    const { client, pooled } = await contactPostgres(target, connectTimeoutMs);
    try {
      const read = <R extends object>(sql: string) => readOnly<R>(client, target.schema, sql);
      return await inspect({ read, pooled, checked: true });
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    throw postgresFault(target, error);
  }
}

/**
 * Runs each statement in a transaction, so that its settings end with it and a pooler does not give them to another
 * client.
 */
async function readOnly<R extends object>(
  client: PostgresClient,
  schema: string | null,
  sql: string,
): Promise<R[]> {
  await client.query('BEGIN READ ONLY');
  try {
    for (const [name, value] of Object.entries(searchPath(schema)))
      await client.query('SELECT set_config($1, $2, true)', [name, value]);
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** PostgreSQL's clock in epoch milliseconds. */
export async function databaseClockMs(read: Read): Promise<number> {
  const [row] = await read<{ now: number }>(
    `SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint AS now`,
  );
  return Number(row!.now);
}
