import { DatabaseError } from 'pg';
import { DatabaseUnavailable, RowLocked } from '../database-errors';

/**
 * SQLSTATEs of conflicts with other transactions: serialization failure, deadlock, and a key that another node inserted
 * or deleted in the meantime. Nothing was changed, so the same work can run again and then sees the other's changes.
 */
const RETRYABLE = new Set(['40001', '40P01', '23505', '23503']);
/** SQLSTATE of a wait for a locked row that took longer than `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';
/**
 * SQLSTATEs that mean that the server cannot work, as opposed to a wrong statement:
 *
 * - lost connections (08), lack of disk or memory (53), shutdown and time limits (57, 25P03, 25P04), input and output
 *   errors (58), damaged data (XX001, XX002);
 * - a primary that became a read-only standby (25006): a new connection may reach the new primary;
 * - a named statement that is unknown or exists already (26000, 42P05): a pooler has given the client another session.
 */
const UNAVAILABLE = /^(08|53|57|58|25P03|25P04|25006|26000|42P05|XX001|XX002)/;

/**
 * Converts an error of a connection or statement to the error that callers handle. An error that the server has not
 * sent comes from the socket, TLS, name resolution or the driver. It means that the server was not reached or that the
 * outcome is unknown, so it becomes DatabaseUnavailable.
 */
export function meaningOf(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable) return error;
  // It is a bug in our code or in the driver.
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
