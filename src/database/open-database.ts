import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type Connection from 'better-sqlite3';
import { type Pool } from 'pg';
import { DataSource } from 'typeorm';
import { type Clock, systemClock } from '../shared/clock';
import { dataSourceOptions, sqlitePath } from './data-source';
import { type Database } from './database';
import { PostgresDatabase } from './postgres-database';
import { SqliteDatabase } from './sqlite-database';
import { SqliteConnection } from './sqlite-driver';

/** Any constant will do, as long as every node uses the same: nodes that start together migrate one by one. */
const MIGRATION_LOCK = 4_021_982;

/** Settings of the connection pool; PostgreSQL alone uses them. */
export interface PoolSettings {
  size: number;
  /** How long a request waits for a free connection, in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may run, in milliseconds. */
  statementTimeoutMs: number;
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
  return url.startsWith('sqlite:') ? openSqlite(url, testClock) : openPostgres(url, pool, testClock);
}

async function openSqlite(url: string, testClock?: Clock): Promise<Database> {
  const path = sqlitePath(url);
  mkdirSync(dirname(path), { recursive: true });
  const releaseLock = lockFile(path);
  try {
    const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
    const connection = (dataSource.driver as unknown as { databaseConnection: Connection.Database })
      .databaseConnection;
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    await dataSource.runMigrations({ transaction: 'each' });
    return new SqliteDatabase(dataSource, connection, testClock ?? systemClock, releaseLock);
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
  const dataSource = await new DataSource(dataSourceOptions(url, pool)).initialize();
  try {
    const lock = dataSource.createQueryRunner();
    try {
      await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await lock.release();
    }
    const { master } = dataSource.driver as unknown as { master: Pool };
    return new PostgresDatabase(dataSource, master, testClock);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}
