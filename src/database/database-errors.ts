import { reasonOf } from '../shared/errors';

/** The database cannot be reached or cannot write now; the request may be tried again. */
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
 * Another transaction holds the row for longer than any transaction should. It may belong to a node that stopped in the
 * middle of its work.
 */
export class RowLocked extends DatabaseUnavailable {}

/** So many statements wait for the database that more would only make all of them late. */
export class DatabaseOverloaded extends DatabaseUnavailable {
  constructor() {
    super(new Error('too many statements are waiting'));
    this.name = 'DatabaseOverloaded';
  }
}
