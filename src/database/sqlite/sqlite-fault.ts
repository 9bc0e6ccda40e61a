import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '../../shared/errors';
import { DatabaseFault } from '../database-fault';
import { sqliteCode } from './sqlite-errors';

const RESTORE = 'restore a backup of it (without the old -wal and -shm files beside it)';

/** Converts an error of an SQLite file to a message for the operator. */
export function sqliteFault(path: string, error: unknown): DatabaseFault {
  if (error instanceof DatabaseFault) return error;
  if (isDriverMissing(error))
    return new DatabaseFault(
      `the SQLite driver is not compiled for Node ${process.version}`,
      'run "npm rebuild better-sqlite3" (npm ci --ignore-scripts leaves it out), or set DATABASE_URL=postgres://...',
      { cause: error },
    );
  const fault = (what: string, advice: string) =>
    new DatabaseFault(`${path} cannot be used: ${what}`, advice, { cause: error });
  const code = sqliteCode(error);
  if (isDirectory(path)) return directoryFault(path);
  if (/CORRUPT/.test(code)) return damaged(path, reasonOf(error));
  if (/NOTADB/.test(code))
    return fault(
      'it is not an SQLite database, or its beginning is damaged',
      `name another file, or ${RESTORE}`,
    );
  if (/FULL|ENOSPC|EDQUOT/.test(code)) return fault('its disk is full', 'free space on that disk');
  if (/BUSY|LOCKED/.test(code))
    return fault('another program has locked it', 'end that program: a backup, a shell, or another server');
  if (/ENOTDIR|EEXIST/.test(code))
    return fault(
      `${dirname(path)} is not a directory`,
      'name a file in a directory that exists or can be created',
    );
  if (/READONLY|CANTOPEN|PERM|AUTH|EACCES|EROFS/.test(code))
    return fault(
      `it cannot be written${rightsOf(path)}`,
      'make this user the owner of the file and its directory (chown)',
    );
  return fault(reasonOf(error), 'check the path, the disk and the access rights');
}

/** Whether the driver's binary is missing, or was built for another version of Node. */
function isDriverMissing(error: unknown): boolean {
  const reason = reasonOf(error);
  return sqliteCode(error) === 'ERR_DLOPEN_FAILED' || reason.startsWith('Could not locate the bindings');
}

export function directoryFault(path: string): DatabaseFault {
  return new DatabaseFault(
    `${path} cannot be used: it is a directory`,
    'name a file in it: sqlite:<directory>/<file>',
  );
}

export function damaged(path: string, what: string): DatabaseFault {
  return new DatabaseFault(`${path} cannot be used: it is damaged (${what})`, RESTORE);
}

/** The fault of the lock file. Unlike the database, this file may be removed, because it contains no data. */
export function lockFault(path: string, lock: string, error: unknown): DatabaseFault {
  const code = sqliteCode(error);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return new DatabaseFault(
      `${path} is in use by another server`,
      'stop that server first, or use PostgreSQL, which supports several servers',
    );
  if (!/NOTADB|CORRUPT/.test(code) && !isDirectory(lock)) return sqliteFault(lock, error);
  const what = isDirectory(lock) ? 'it is a directory' : 'it is damaged';
  return new DatabaseFault(
    `the lock file ${lock} cannot be used: ${what}`,
    'remove it while no server is running: it contains no data',
    { cause: error },
  );
}

/** The owner and mode of the file, or of the closest directory that exists; '' where they cannot be read. */
function rightsOf(path: string): string {
  const seen = closest(path);
  const runsAs = process.geteuid?.();
  if (seen === null || runsAs === undefined) return '';
  const { path: place, uid, mode } = seen;
  const rights = (mode & 0o7777).toString(8).padStart(4, '0');
  return `: ${place} belongs to user id ${uid} with mode ${rights}, and the server runs as user id ${runsAs}`;
}

function closest(path: string): { path: string; uid: number; mode: number } | null {
  try {
    const { uid, mode } = statSync(path);
    return { path, uid, mode };
  } catch {
    return dirname(path) === path ? null : closest(dirname(path));
  }
}

export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // The path does not exist or cannot be read, or a part of it is a file.
  }
}
