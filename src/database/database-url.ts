import { isAbsolute, resolve } from 'node:path';
import { parsePostgresUrl, placeOf, PostgresUrlFault } from './postgres/postgres-url';

export function isSqliteUrl(url: string): boolean {
  return url.startsWith('sqlite:');
}

/**
 * Returns what is wrong with a value of DATABASE_URL, for the operator, or null. It reads no file and calls no server.
 */
export function databaseUrlFault(url: string): string | null {
  if (isSqliteUrl(url)) return sqliteUrlFault(url);
  try {
    parsePostgresUrl(url);
    return null;
  } catch (error) {
    if (error instanceof PostgresUrlFault) return error.message;
    throw error;
  }
}

/** The file that a `sqlite:` URL names; a relative path starts at the working directory. */
export function sqlitePath(url: string): string {
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  return isAbsolute(path) ? path : resolve(path);
}

/** The path or the host of the database for messages, without user and password. */
export function databasePlace(url: string): string {
  return isSqliteUrl(url) ? sqlitePath(url) : `PostgreSQL at ${placeOf(parsePostgresUrl(url))}`;
}

function sqliteUrlFault(url: string): string | null {
  const path = url.slice('sqlite:'.length);
  if (path.trim() === '') return 'must name a file: sqlite:<path>';
  if (path === ':memory:') return 'must name a file: a database in memory is lost at every stop';
  if (path.includes('\0')) return 'must not contain a NUL';
  return null;
}
