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
export type Transaction<T> = Generator<Statement, T, Row[]>;

/**
 * Runs one statement inside a transaction: `const rows = yield* query<MyRow>(sql, params)`, or with a statement that
 * was made elsewhere, `yield* query<MyRow>(statement)`.
 */
export function* query<R extends object = Row>(
  statement: string | Statement,
  params: readonly SqlValue[] = [],
): Transaction<R[]> {
  return (yield typeof statement === 'string' ? { sql: statement, params } : statement) as R[];
}

/**
 * Ends a transaction whose statement failed. The error is thrown where the transaction yielded, so that it can clean up
 * or throw a better one, but it cannot go on: PostgreSQL has given the transaction up, and SQLite does as PostgreSQL
 * does.
 *
 * @throws what the transaction throws, else `error`.
 */
export function abandon(transaction: Transaction<unknown>, error: unknown): never {
  const step = transaction.throw(error);
  if (!step.done) transaction.return(undefined);
  throw error;
}
