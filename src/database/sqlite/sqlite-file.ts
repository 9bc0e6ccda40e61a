import type Connection from 'better-sqlite3';
import { migrationState, newerDatabase } from '../migration-state';
import { type Schema } from '../schema';
import { damaged } from './sqlite-fault';
import { SqliteConnection } from './sqlite-driver';

/**
 * Larger files are not checked, because reading all of them would delay the start and block the event loop for seconds.
 */
const CHECKED_BYTES = 64 * 1024 * 1024;
const PARTS_NAMED = 3;

/**
 * Opens the file and checks that it is a database, that it is not damaged, and that this user can write it.
 *
 * @param timeoutMs how long to wait for the lock of another process, in milliseconds.
 * @throws DatabaseFault for a damaged file, otherwise the driver's error.
 */
export function openChecked(path: string, timeoutMs: number): Connection.Database {
  const connection = new SqliteConnection(path, { timeout: timeoutMs });
  try {
    checkIntegrity(connection, path);
    connection.exec('BEGIN IMMEDIATE');
    requireWritable(connection);
    connection.exec('ROLLBACK');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Checks that the file can be written, by a write that is undone with the open transaction. The check is necessary
 * because SQLite opens a file without write permission for reading, begins transactions on it, and fails only at the
 * first change.
 *
 * @throws the driver's error SQLITE_READONLY.
 */
export function requireWritable(connection: Connection.Database): void {
  connection.pragma(`user_version = ${Number(connection.pragma('user_version', { simple: true }))}`);
}

/** @throws DatabaseFault when a newer version of the program has changed the database. */
export async function refuseNewer(
  connection: Connection.Database,
  schema: Schema,
  path: string,
): Promise<void> {
  const state = await migrationState(async <R>(sql: string) => connection.prepare(sql).all() as R[], schema);
  const newer = newerDatabase(state, path);
  if (newer) throw newer;
}

/** Whether the file is small enough for `openChecked` to check all of it. */
export function isChecked(connection: Connection.Database): boolean {
  const pragma = (name: string) => Number(connection.pragma(name, { simple: true }));
  return pragma('page_count') * pragma('page_size') <= CHECKED_BYTES;
}

function checkIntegrity(connection: Connection.Database, path: string): void {
  if (!isChecked(connection)) return;
  const rows = connection.pragma(`quick_check(${PARTS_NAMED})`) as { quick_check: string }[];
  const faults = rows.map(({ quick_check }) => quick_check).filter((fault) => fault !== 'ok');
  if (faults.length > 0) throw damaged(path, faults.join('; ').replace(/\s+/g, ' '));
}
