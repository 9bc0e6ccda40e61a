import { DatabaseUnavailable } from '../database-errors';

/** The code of an error of better-sqlite3, such as `SQLITE_BUSY`, or of Node; '' when it has none. */
export function sqliteCode(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

/**
 * Codes of failures that do not come from the statement: of the disk, of memory, by another process's lock or by a
 * damaged file.
 */
const UNAVAILABLE =
  /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CANTOPEN|PERM|AUTH|NOMEM|PROTOCOL|NOLFS|CORRUPT|NOTADB)/;

/** Converts an error of a statement to the error that callers handle. */
export function meaningOf(error: unknown): unknown {
  return UNAVAILABLE.test(sqliteCode(error)) ? new DatabaseUnavailable(error) : error;
}
