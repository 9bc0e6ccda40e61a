import { reasonOf } from '../shared/errors';

/** The database cannot be reached or cannot write now. The same request may succeed later. */
export class DatabaseUnavailable extends Error {
  constructor(cause: unknown) {
    super(`the database is not available: ${reasonOf(cause)}`, { cause });
    this.name = 'DatabaseUnavailable';
  }
}

export function isDatabaseUnavailable(error: unknown): error is DatabaseUnavailable {
  return error instanceof DatabaseUnavailable;
}

/**
 * Another transaction has locked the row for longer than any transaction should. Its node may have stopped in the
 * middle of the transaction.
 */
export class RowLocked extends DatabaseUnavailable {}

/** So many statements are waiting for the database that a further one would only delay all of them. */
export class DatabaseOverloaded extends DatabaseUnavailable {
  constructor() {
    super(new Error('too many statements are waiting'));
    this.name = 'DatabaseOverloaded';
  }
}
