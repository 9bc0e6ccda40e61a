import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type Connection from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { type Clock, systemClock } from '../../shared/clock';
import { type Database } from '../database';
import { sqlitePath } from '../database-url';
import { migrationState, newerDatabase, olderDatabase } from '../migration-state';
import { type PoolSettings } from '../pool-settings';
import { type Schema } from '../schema';
import { sqliteOptions } from './sqlite-options';
import { SqliteDatabase } from './sqlite-database';
import { SqliteConnection } from './sqlite-driver';
import { directoryFault, isDirectory, lockFault, sqliteFault } from './sqlite-fault';
import { openChecked, refuseNewer, requireWritable } from './sqlite-file';

/**
 * The write-ahead log is copied to the database file when it has this many pages of 4 KiB. A page that has changed many
 * times is then copied only once. Compared with SQLite's default of 1,000, this saves 6 % of the time of commits, and a
 * copy still takes only some hundredths of a second.
 */
const CHECKPOINT_PAGES = 4_000;

/** How long the start waits for another process's lock, in milliseconds. A failed start must end within 5 seconds. */
const START_LOCK_MS = 2_000;

/**
 * Opens the file of a `sqlite:` URL and applies the missing migrations. It creates the file if it does not exist.
 *
 * @throws DatabaseFault
 */
export async function openSqlite(
  url: string,
  schema: Schema,
  pool: PoolSettings,
  testClock?: Clock,
): Promise<Database> {
  const path = sqlitePath(url);
  try {
    // This is checked first, so that no lock file is created beside a directory.
    if (isDirectory(path)) throw directoryFault(path);
    mkdirSync(dirname(path), { recursive: true });
    const releaseLock = lockFile(path);
    try {
      return await openLocked(path, schema, pool, testClock ?? systemClock, releaseLock);
    } catch (error) {
      releaseLock();
      throw error;
    }
  } catch (error) {
    throw sqliteFault(path, error);
  }
}

/**
 * Opens the file beside a server that may be running, without applying migrations. SQLite's own locks keep the writes of
 * both apart.
 *
 * @throws DatabaseFault, also when the file does not exist or lacks migrations.
 */
export async function openSqliteForCommand(
  url: string,
  schema: Schema,
  { connectTimeoutMs }: PoolSettings,
): Promise<Database> {
  const path = sqlitePath(url);
  try {
    if (!existsSync(path)) throw olderDatabase({ pending: ['all'], unknown: [] }, path)!;
    const checked = openChecked(path, START_LOCK_MS);
    const read = async <R>(sql: string) => checked.prepare(sql).all() as R[];
    const state = await migrationState(read, schema).finally(() => checked.close());
    const fault = newerDatabase(state, path) ?? olderDatabase(state, path);
    if (fault) throw fault;
    const dataSource = await new DataSource(sqliteOptions(path, schema, START_LOCK_MS)).initialize();
    const connection = connectionOf(dataSource);
    connection.pragma('synchronous = FULL');
    return new SqliteDatabase(dataSource, connection, systemClock, () => undefined, connectTimeoutMs);
  } catch (error) {
    throw sqliteFault(path, error);
  }
}

function connectionOf(dataSource: DataSource): Connection.Database {
  const { databaseConnection } = dataSource.driver as unknown as { databaseConnection: Connection.Database };
  return databaseConnection;
}

async function openLocked(
  path: string,
  schema: Schema,
  { connectTimeoutMs }: PoolSettings,
  clock: Clock,
  releaseLock: () => void,
): Promise<Database> {
  const lockMs = Math.min(connectTimeoutMs, START_LOCK_MS);
  const checked = openChecked(path, lockMs);
  await refuseNewer(checked, schema, path).finally(() => checked.close());
  const dataSource = await new DataSource(sqliteOptions(path, schema, lockMs)).initialize();
  try {
    const databaseConnection = connectionOf(dataSource);
    databaseConnection.pragma('journal_mode = WAL');
    databaseConnection.pragma('synchronous = FULL');
    databaseConnection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    await dataSource.runMigrations({ transaction: 'each' });
    // From now on `SqliteDatabase` waits for locks itself, without blocking the event loop.
    databaseConnection.pragma('busy_timeout = 0');
    return new SqliteDatabase(dataSource, databaseConnection, clock, releaseLock, connectTimeoutMs);
  } catch (error) {
    // An error while closing must not replace the error that ended the start.
    await dataSource.destroy().catch(() => undefined);
    throw error;
  }
}

/**
 * Makes sure that only one server uses the database file, because each server has its own queue of writes. The lock is
 * SQLite's own lock, on a file beside the database. So the kernel releases it when the process dies, and backups can
 * still read the database.
 *
 * @returns a function that releases the lock.
 */
function lockFile(path: string): () => void {
  const lock = `${path}.lock`;
  let connection: Connection.Database | undefined;
  try {
    connection = new SqliteConnection(lock, { timeout: 0 });
    // Nothing is written to the lock file, so the start does not fail at a full disk.
    connection.pragma('journal_mode = MEMORY');
    connection.exec('BEGIN EXCLUSIVE');
    // Without write permission the lock would be a read lock, which several processes can have at once.
    requireWritable(connection);
    const held = connection;
    return () => void held.close();
  } catch (error) {
    connection?.close();
    throw lockFault(path, lock, error);
  }
}
