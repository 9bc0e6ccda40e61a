import { type DataSource } from 'typeorm';
import { type HotOperation } from './hot-operation';
import { type Row, type SqlValue, type Transaction } from './statement';

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
   * All of it or nothing; what `transaction` throws undoes it and is thrown again. It may run again after a deadlock. A
   * failed statement ends it (see `abandon`).
   */
  transaction<T>(transaction: () => Transaction<T>): Promise<T>;
  /**
   * Runs an operation in the form that costs this database least. All of it or nothing, as in a transaction.
   *
   * @throws what the operation's transaction throws.
   */
  execute<Input, Result>(operation: HotOperation<Input, Result>, input: Input): Promise<Result>;
  /** How many statements and transactions have failed with DatabaseUnavailable, except for a locked row. */
  readonly failures: number;
  close(): Promise<void>;
}
