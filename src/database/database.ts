import { type DataSource } from 'typeorm';
import { type HotOperation } from './hot-operation';
import { type Row, type SqlValue, type Transaction } from './statement';

/**
 * Runs SQL on SQLite or PostgreSQL. Code that runs for every request uses these methods, because TypeORM's query
 * builder costs more CPU than the statement that it builds. Migrations and rare reads use `dataSource`.
 *
 * Every method throws `DatabaseUnavailable` when the database cannot be reached or cannot write, and `UnstorableText`
 * for a parameter that PostgreSQL could not store.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  readonly dataSource: DataSource;
  /** Runs one statement that changes nothing. */
  read<R extends object = Row>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  /** Runs one statement that commits by itself, and returns the rows of its RETURNING. */
  write<R extends object = Row>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  /**
   * Runs a transaction. If `transaction` throws, everything is rolled back and the error is thrown again. A failed
   * statement ends the transaction (see `abandon`). After a deadlock the whole transaction runs again.
   */
  transaction<T>(transaction: () => Transaction<T>): Promise<T>;
  /**
   * Runs an operation in the form that is cheapest on this database. Like a transaction, it changes everything or
   * nothing.
   *
   * @throws the errors of the operation's transaction.
   */
  execute<Input, Result>(operation: HotOperation<Input, Result>, input: Input): Promise<Result>;
  /** How many statements and transactions have failed with DatabaseUnavailable, except for a locked row. */
  readonly failures: number;
  close(): Promise<void>;
}
