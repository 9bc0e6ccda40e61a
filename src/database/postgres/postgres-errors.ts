import { DatabaseError } from 'pg';
import { DatabaseUnavailable, RowLocked } from '../database-errors';

/**
 * Serialization failure, deadlock, and a key that another node inserted or erased in the meantime: nothing was changed,
 * so the same work runs again and sees what the other did.
 */
const RETRYABLE = new Set(['40001', '40P01', '23505', '23503']);
/** SQLSTATE of a wait for a row that came to its limit. */
const LOCK_NOT_AVAILABLE = '55P03';
/**
 * SQLSTATEs with which the server reports its own trouble and not a wrong statement: lost connections (08), resources
 * such as disk and memory (53), shut down and time limits (57, 25P03, 25P04), input and output (58), damaged data
 * (XX001, XX002), and a primary that became a read-only stand-by (25006), for which another connection finds the new
 * primary. A named statement that is unknown or exists already (26000, 42P05) means that the session was exchanged.
 */
const UNAVAILABLE = /^(08|53|57|58|25P03|25P04|25006|26000|42P05|XX001|XX002)/;

/**
 * Turns an error of a connection or statement into what it means to the caller. Whatever the server has not sent comes
 * from the socket, TLS, the name's look-up or the driver: the server was not reached, or what it did is not known.
 */
export function meaningOf(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error;
  // A bug of our own.
  if (error instanceof TypeError) return error;
  if (!(error instanceof DatabaseError)) return new DatabaseUnavailable(error);
  const state = error.code ?? '';
  if (state === LOCK_NOT_AVAILABLE) return new RowLocked(error);
  return UNAVAILABLE.test(state) ? new DatabaseUnavailable(error) : error;
}

/** Whether the same work may succeed when it runs again from its start. */
export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseError && RETRYABLE.has(error.code ?? '');
}
