import { DatabaseUnavailable } from '../database-errors';

/** The code that better-sqlite3 gives an error, such as `SQLITE_BUSY`; else that of Node, or ''. */
export function sqliteCode(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

/** Trouble of the disk, of memory, with another process or with a damaged file, as opposed to a wrong statement. */
const UNAVAILABLE =
  /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CANTOPEN|PERM|AUTH|NOMEM|PROTOCOL|NOLFS|CORRUPT|NOTADB)/;

/** Turns an error of a statement into what it means to the caller. */
export function meaningOf(error: unknown): unknown {
  return UNAVAILABLE.test(sqliteCode(error)) ? new DatabaseUnavailable(error) : error;
}
