import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type Connection from 'better-sqlite3';
import { type Pool } from 'pg';
import { DataSource } from 'typeorm';
import { type Clock, systemClock } from '../shared/clock';
import { dataSourceOptions, postgresOptions, sqlitePath } from './data-source';
import { type Database } from './database';
import { offersNoTls, type PostgresTls, postgresTls, sslMode } from './postgres-tls';
import { PostgresDatabase } from './postgres-database';
import { SqliteDatabase } from './sqlite-database';
import { SqliteConnection } from './sqlite-driver';

/** Any constant will do, as long as every node uses the same: nodes that start together migrate one by one. */
const MIGRATION_LOCK = 4_021_982;
/** One holds the lock, the other migrates. */
const MIGRATION_CONNECTIONS = 2;

/**
 * The write-ahead log goes into the database file when it is this long, in pages of 4 KiB. A page that changes often is
 * copied once then: four times SQLite's own 1,000 saves 6 % of the time that commits take, and a copy still ends within
 * some hundredths of a second.
 */
const CHECKPOINT_PAGES = 4_000;

/** Settings of the connection pool; SQLite uses the second alone. */
export interface PoolSettings {
  size: number;
  /** How long a request waits for a free connection, on SQLite for a lock to go, in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may run, in milliseconds; without it as long as it takes. */
  statementTimeoutMs?: number;
}

export const DEFAULT_POOL: PoolSettings = { size: 10, connectTimeoutMs: 5_000, statementTimeoutMs: 15_000 };

/**
 * Opens the database that DATABASE_URL names and brings its schema up to date.
 *
 * @param testClock replaces the system's clock on SQLite and the database's own on PostgreSQL.
 * @throws Error with a message for the operator when the file is in use or the server cannot be reached.
 */
export async function openDatabase(
  url: string,
  { pool = DEFAULT_POOL, testClock }: { pool?: PoolSettings; testClock?: Clock } = {},
): Promise<Database> {
  return url.startsWith('sqlite:') ? openSqlite(url, pool, testClock) : openPostgres(url, pool, testClock);
}

async function openSqlite(url: string, pool: PoolSettings, testClock?: Clock): Promise<Database> {
  const path = sqlitePath(url);
  mkdirSync(dirname(path), { recursive: true });
  const releaseLock = lockFile(path);
  try {
    const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
    const connection = (dataSource.driver as unknown as { databaseConnection: Connection.Database })
      .databaseConnection;
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    connection.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    await dataSource.runMigrations({ transaction: 'each' });
    connection.pragma('busy_timeout = 0'); // SqliteDatabase waits without holding the event loop.
    return new SqliteDatabase(
      dataSource,
      connection,
      testClock ?? systemClock,
      releaseLock,
      pool.connectTimeoutMs,
    );
  } catch (error) {
    releaseLock();
    throw error;
  }
}

/**
 * Holds the file for one server: two would each think they own the queue of writes. The lock is SQLite's own, on a
 * file beside the database, so the kernel frees it when the process dies and backups still read the database.
 */
function lockFile(path: string): () => void {
  const lock = new SqliteConnection(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new Error(`${path} is in use by another server; SQLite serves one, PostgreSQL serves many`);
  }
  return () => lock.close();
}

async function openPostgres(url: string, pool: PoolSettings, testClock?: Clock): Promise<Database> {
  const tls = await migratePostgres(url, pool.connectTimeoutMs);
  const dataSource = await new DataSource(postgresOptions(url, pool, tls)).initialize();
  const { master } = dataSource.driver as unknown as { master: Pool };
  return new PostgresDatabase(dataSource, master, testClock);
}

/**
 * Over connections of its own, which no statement's time limit cuts off: to build an index may take longer than a
 * request may, and so may the wait for the node that is at it.
 *
 * @returns the kind of connection that the server lets us have.
 */
async function migratePostgres(url: string, connectTimeoutMs: number): Promise<PostgresTls> {
  const pool = { size: MIGRATION_CONNECTIONS, connectTimeoutMs };
  const { dataSource, tls } = await connectPostgres(url, pool);
  try {
    const lock = dataSource.createQueryRunner();
    try {
      await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await lock.release();
    }
  } finally {
    await dataSource.destroy();
  }
  return tls;
}

/** Connects as `sslmode` says; with `prefer` the server is asked once, here, whether it has TLS. */
export async function connectPostgres(
  url: string,
  pool: PoolSettings,
): Promise<{ dataSource: DataSource; tls: PostgresTls }> {
  const open = async (tls: PostgresTls) => {
    const dataSource = await new DataSource(postgresOptions(url, pool, tls)).initialize();
    return { dataSource, tls };
  };
  try {
    return await open(postgresTls(url));
  } catch (error) {
    if (sslMode(new URL(url)) !== 'prefer' || !offersNoTls(error)) throw error;
    return open(false);
  }
}
