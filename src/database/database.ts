import { type DataSource } from 'typeorm';
import { reasonOf } from '../shared/errors';
import { type ChainGroups } from './chain-groups';

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/** One SQL statement: `$1`-style parameters, and `now_ms()` for the database's clock in epoch milliseconds. */
export interface Statement {
  sql: string;
  params: readonly SqlValue[];
}

/**
 * A transaction's body: a generator that yields statements and gets their rows.
 *
 * Why not an async function: better-sqlite3 has one connection, and a transaction that awaits lets another
 * request's statements slip into it (and vanish with its rollback). A generator has no place to await, so SQLite
 * runs it in one synchronous go, PostgreSQL over one pooled connection, and the SQL is written once.
 */
export type Work<T> = Generator<Statement, T, Row[]>;

/** Runs one statement inside a Work: `const rows = yield* run<MyRow>(sql, params)`. */
export function* run<R extends object = Row>(sql: string, params: readonly SqlValue[] = []): Work<R[]> {
  return (yield { sql, params }) as R[];
}

/** Runs a statement that was made elsewhere inside a Work. */
export function* perform<R extends object = Row>(statement: Statement): Work<R[]> {
  return (yield statement) as R[];
}

/**
 * Ends work whose statement failed. The error is thrown where the work yielded, so that it can clean up or throw a
 * better one, but it cannot go on: PostgreSQL has given the transaction up, and SQLite does as PostgreSQL does.
 *
 * @throws what the work throws, else `error`.
 */
export function abandon(work: Work<unknown>, error: unknown): never {
  const step = work.throw(error);
  if (!step.done) work.return(undefined);
  throw error;
}

/**
 * The hot side of a database. Entities, migrations and cold reads use `dataSource`; whatever runs on every request
 * uses the rest, because TypeORM's query builder costs more CPU than the statement it builds.
 *
 * Every statement throws `DatabaseUnavailable` when the database cannot work, and `UnstorableText` for a parameter that
 * PostgreSQL could not store.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  readonly dataSource: DataSource;
  /** One statement that changes nothing. */
  read<R extends object = Row>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  /** One statement that commits by itself; RETURNING gives rows. */
  write<R extends object = Row>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  /**
   * All of it or nothing; what `work` throws undoes it and is thrown again. It may run again after a deadlock. A failed
   * statement ends it (see `abandon`).
   */
  transaction<T>(work: () => Work<T>): Promise<T>;
  /** How many statements and transactions have failed with DatabaseUnavailable, except for a locked row. */
  readonly failures: number;
  /** Statements that go together in one; null on SQLite, which has no round trips to save. */
  readonly chains: ChainGroups | null;
  close(): Promise<void>;
}

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

/** Another holds the row for longer than anybody should: it may be a node that stopped in the middle of its work. */
export class RowLocked extends DatabaseUnavailable {}

/** So much waits for the database already that more would only pile up. */
export class DatabaseOverloaded extends DatabaseUnavailable {
  constructor() {
    super(new Error('too many statements wait'));
    this.name = 'DatabaseOverloaded';
  }
}
