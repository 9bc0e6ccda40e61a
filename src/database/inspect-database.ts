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
  /** Whether a pooler is before PostgreSQL; one that does not keep sessions is a DatabaseFault. */
  pooled: boolean;
  /** Whether the whole file was searched for damage; PostgreSQL does that by itself. */
  checked: boolean;
}

/** There is no file yet, and one can be made. */
export class NoDatabaseYet extends Error {
  constructor(readonly path: string) {
    super(`${path} does not exist yet`);
    this.name = 'NoDatabaseYet';
  }
}

/**
 * Reads the database that DATABASE_URL names without changing it, whether or not a server uses it.
 *
 * @throws NoDatabaseYet, or DatabaseFault when it cannot be used.
 */
export function inspectDatabase<T>(
  url: string,
  pool: PoolSettings,
  look: (inspected: Inspected) => Promise<T>,
): Promise<T> {
  return isSqliteUrl(url) ? inspectSqlite(sqlitePath(url), pool, look) : inspectPostgres(url, pool, look);
}

async function inspectSqlite<T>(
  path: string,
  { connectTimeoutMs }: PoolSettings,
  look: (inspected: Inspected) => Promise<T>,
): Promise<T> {
  try {
    if (!existsSync(path)) {
      accessSync(closestDirectory(dirname(path)), constants.W_OK | constants.X_OK);
      throw new NoDatabaseYet(path);
    }
    // Without the server's lock on the file beside it: that one keeps a second server out, not a reader. Not
    // `readonly`, since such a connection cannot remove the -wal and -shm files that it makes.
    const connection = openChecked(path, connectTimeoutMs);
    try {
      connection.pragma('query_only = ON');
      const read = async <R>(sql: string) => connection.prepare(sql).all() as R[];
      return await look({ read, pooled: false, checked: isChecked(connection) });
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
  look: (inspected: Inspected) => Promise<T>,
): Promise<T> {
  const target = parsePostgresUrl(url);
  try {
    const { client, pooled } = await contactPostgres(target, connectTimeoutMs);
    try {
      const read = <R extends object>(sql: string) => readOnly<R>(client, target.schema, sql);
      return await look({ read, pooled, checked: true });
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    throw postgresFault(target, error);
  }
}

/** One transaction for each statement: what is set lasts as long, so a pooler hands it to no other client. */
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
