import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type Connection from 'better-sqlite3';
import { DataSource } from 'typeorm';
import { type Clock, systemClock } from '../../shared/clock';
import { type Database } from '../database';
import { sqlitePath } from '../database-url';
import { type PoolSettings } from '../pool-settings';
import { type Schema } from '../schema';
import { sqliteOptions } from './sqlite-options';
import { SqliteDatabase } from './sqlite-database';
import { SqliteConnection } from './sqlite-driver';
import { directoryFault, isDirectory, lockFault, sqliteFault } from './sqlite-fault';
import { openChecked, refuseNewer, requireWritable } from './sqlite-file';

/**
 * The write-ahead log goes into the database file when it is this long, in pages of 4 KiB. A page that changes often is
 * copied once then: four times SQLite's own 1,000 saves 6 % of the time that commits take, and a copy still ends within
 * some hundredths of a second.
 */
const CHECKPOINT_PAGES = 4_000;

/** How long the start waits for another process's lock, in milliseconds: a start that fails ends within 5 seconds. */
const START_LOCK_MS = 2_000;

/**
 * Opens the file of a `sqlite:` URL, makes it where there is none, and brings its schema up to date.
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
    if (isDirectory(path)) throw directoryFault(path); // Before a lock file is made beside it.
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
    const { databaseConnection } = dataSource.driver as unknown as {
      databaseConnection: Connection.Database;
    };
    databaseConnection.pragma('journal_mode = WAL');
    databaseConnection.pragma('synchronous = FULL');
    databaseConnection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    await dataSource.runMigrations({ transaction: 'each' });
    databaseConnection.pragma('busy_timeout = 0'); // SqliteDatabase waits without holding the event loop.
    return new SqliteDatabase(dataSource, databaseConnection, clock, releaseLock, connectTimeoutMs);
  } catch (error) {
    // An error on the way out must not hide the one that ended the start.
    await dataSource.destroy().catch(() => undefined);
    throw error;
  }
}

/**
 * Holds the file for one server: two would each think they own the queue of writes. The lock is SQLite's own, on a
 * file beside the database, so the kernel frees it when the process dies and backups still read the database.
 */
function lockFile(path: string): () => void {
  const lock = `${path}.lock`;
  let connection: Connection.Database | undefined;
  try {
    connection = new SqliteConnection(lock, { timeout: 0 });
    connection.pragma('journal_mode = MEMORY'); // Nothing is ever written, so a full disk does not matter.
    connection.exec('BEGIN EXCLUSIVE');
    requireWritable(connection); // Else the lock would be one for reading, which several may hold.
    const held = connection;
    return () => void held.close();
  } catch (error) {
    connection?.close();
    throw lockFault(path, lock, error);
  }
}
