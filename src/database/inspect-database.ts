import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { MIGRATIONS, sqlitePath } from './data-source';
import { connectPostgres, type PoolSettings } from './open-database';
import { SqliteConnection } from './sqlite-driver';

/** A statement without parameters that changes nothing. */
export type Read = <R extends object>(sql: string) => Promise<R[]>;

export interface MigrationState {
  /** Will be applied at the next start. */
  pending: string[];
  /** Applied by another version of the server than this one. */
  unknown: string[];
}

/** There is no file yet, and one can be made. */
export class NoDatabaseYet extends Error {
  constructor(readonly path: string) {
    super(`${path} is not there yet`);
    this.name = 'NoDatabaseYet';
  }
}

/**
 * Looks at the database that DATABASE_URL names without changing it, whether or not a server uses it.
 *
 * @throws NoDatabaseYet, or the driver's error when it cannot be reached or read.
 */
export function inspectDatabase<T>(
  url: string,
  pool: PoolSettings,
  look: (read: Read) => Promise<T>,
): Promise<T> {
  return url.startsWith('sqlite:')
    ? inspectSqlite(sqlitePath(url), pool, look)
    : inspectPostgres(url, pool, look);
}

async function inspectSqlite<T>(
  path: string,
  { connectTimeoutMs }: PoolSettings,
  look: (read: Read) => Promise<T>,
): Promise<T> {
  if (!existsSync(path)) {
    accessSync(firstThere(dirname(path)), constants.W_OK);
    throw new NoDatabaseYet(path);
  }
  accessSync(path, constants.W_OK);
  // Without the server's lock on the file beside it: that one keeps a second server out, not a reader. Not `readonly`,
  // since such a connection cannot take the -wal and -shm files away again that it makes.
  const connection = new SqliteConnection(path, { fileMustExist: true, timeout: connectTimeoutMs });
  try {
    connection.pragma('query_only = ON');
    return await look(async <R>(sql: string) => connection.prepare(sql).all() as R[]);
  } finally {
    connection.close();
  }
}

/** The directory, or the closest one above it that exists. */
function firstThere(directory: string): string {
  return existsSync(directory) ? directory : firstThere(dirname(directory));
}

async function inspectPostgres<T>(
  url: string,
  { connectTimeoutMs, statementTimeoutMs }: PoolSettings,
  look: (read: Read) => Promise<T>,
): Promise<T> {
  // One connection, so that all statements run in the read-only session.
  const { dataSource } = await connectPostgres(url, { size: 1, connectTimeoutMs, statementTimeoutMs });
  try {
    await dataSource.query('SET default_transaction_read_only = on');
    return await look((sql) => dataSource.query(sql));
  } finally {
    await dataSource.destroy();
  }
}

export async function migrationState(read: Read): Promise<MigrationState> {
  const applied = new Set(
    (await rowsIfThere<{ name: string }>(read, `SELECT name FROM migrations`)).map(({ name }) => name),
  );
  const known = MIGRATIONS.map(({ name }) => name);
  return {
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.includes(name)),
  };
}

/** PostgreSQL's clock in epoch milliseconds. */
export async function databaseClockMs(read: Read): Promise<number> {
  const [row] = await read<{ now: number }>(
    `SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint AS now`,
  );
  return Number(row!.now);
}

/** No rows where there is no such table, as before the first start. */
export async function rowsIfThere<R extends object>(read: Read, sql: string): Promise<R[]> {
  try {
    return await read<R>(sql);
  } catch (error) {
    const { code, message = '' } = error as { code?: string; message?: string };
    if (code === '42P01' || message.includes('no such table')) return [];
    throw error;
  }
}
