export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/**
 * One SQL statement. Parameters are written as `$1`; `now_ms()` is the database's clock in epoch milliseconds.
 *
 * A condition that finds rows by an index is written `due_at <= (SELECT now_ms())`. PostgreSQL computes the subquery once
 * and reads the index up to that time. It computes `now_ms()` itself for each row, and then reads the whole index.
 */
export interface Statement {
  sql: string;
  params: readonly SqlValue[];
}

/**
 * The body of a transaction: a generator that yields statements and receives their rows.
 *
 * It is not an async function, because better-sqlite3 has only one connection. While an async function awaited
 * something, statements of other requests would become part of its transaction, and would be lost in its rollback. A
 * generator cannot await. So SQLite runs it synchronously, PostgreSQL runs it over one connection of the pool, and the
 * SQL is written once for both.
 */
export type Transaction<T> = Generator<Statement, T, Row[]>;

/**
 * Runs one statement inside a transaction: `const rows = yield* query<MyRow>(sql, params)`, or
 * `yield* query<MyRow>(statement)` for a statement that another function returned.
 */
export function* query<R extends object = Row>(
  statement: string | Statement,
  params: readonly SqlValue[] = [],
): Transaction<R[]> {
  return (yield typeof statement === 'string' ? { sql: statement, params } : statement) as R[];
}

/**
 * Ends a transaction whose statement failed. The error is thrown at the `yield` of that statement, so the generator can
 * clean up or throw another error. It cannot continue with another statement, because PostgreSQL has aborted the
 * transaction, and SQLite behaves like PostgreSQL.
 *
 * @throws the error that the generator throws, or else `error`.
 */
export function abandon(transaction: Transaction<unknown>, error: unknown): never {
  const step = transaction.throw(error);
  if (!step.done) transaction.return(undefined);
  throw error;
}
