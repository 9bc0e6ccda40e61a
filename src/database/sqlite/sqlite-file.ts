import type Connection from 'better-sqlite3';
import { migrationState, newerDatabase } from '../migration-state';
import { type Schema } from '../schema';
import { damaged } from './sqlite-fault';
import { SqliteConnection } from './sqlite-driver';

/** Larger files are not read whole, since that would hold up the start, and the event loop, for seconds. */
const CHECKED_BYTES = 64 * 1024 * 1024;
const PARTS_NAMED = 3;

/**
 * Opens the file and checks what would otherwise fail later: whether it is a database, undamaged, and writable for this
 * user.
 *
 * @param timeoutMs how long a lock of another process is waited for.
 * @throws DatabaseFault, or the driver's error.
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
 * Changes nothing: what it writes is undone with the transaction that is open. SQLite opens a file that it may not
 * write for reading, begins every kind of transaction on it, and reports it at the first change.
 *
 * @throws the driver's error SQLITE_READONLY.
 */
export function requireWritable(connection: Connection.Database): void {
  connection.pragma(`user_version = ${Number(connection.pragma('user_version', { simple: true }))}`);
}

/** @throws DatabaseFault when a newer version of the program has changed the tables. */
export async function refuseNewer(
  connection: Connection.Database,
  schema: Schema,
  path: string,
): Promise<void> {
  const state = await migrationState(async <R>(sql: string) => connection.prepare(sql).all() as R[], schema);
  const newer = newerDatabase(state, path);
  if (newer) throw newer;
}

/** Whether the file is small enough to be read whole by `openChecked`. */
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
