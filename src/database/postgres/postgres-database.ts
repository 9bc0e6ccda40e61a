import { type Pool, type PoolClient, type QueryConfig, type QueryResult } from 'pg';
import { type DataSource } from 'typeorm';
import { type Clock } from '../../shared/clock';
import { abandon, type Row, type SqlValue, type Transaction } from '../statement';
import { type Database } from '../database';
import { type HotOperation } from '../hot-operation';
import { DatabaseOverloaded, DatabaseUnavailable, RowLocked } from '../database-errors';
import { isRetryable, meaningOf } from './postgres-errors';
import { StatementBatcher } from './statement-batcher';
import { requireStorable } from '../storable-text';

const MAX_RUNS = 4;
/**
 * Requests that may wait, for each connection of the pool: some tenths of a second of work. Further ones are refused.
 */
const WAITING_PER_CONNECTION = 200;

const DATABASE_CLOCK = '((extract(epoch from clock_timestamp()) * 1000)::bigint)';

/**
 * PostgreSQL, over TypeORM's connection pool. Statements are named, so the server parses and plans each text only once
 * per connection.
 *
 * @param testClock replaces the database's clock in tests. Otherwise all nodes use the database's clock, so that they
 *   agree on leases and expiries.
 */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  failures = 0;
  private readonly batcher = new StatementBatcher((sql, params) => this.single(sql, params));
  private readonly names = new Map<string, { name: string; text: string }>();

  constructor(
    readonly dataSource: DataSource,
    private readonly pool: Pool,
    private readonly testClock?: Clock,
  ) {}

  read<R extends object>(sql: string, params: readonly SqlValue[] = []): Promise<R[]> {
    return this.single<R>(sql, params);
  }

  write<R extends object>(sql: string, params: readonly SqlValue[] = []): Promise<R[]> {
    return this.single<R>(sql, params);
  }

  async transaction<T>(transaction: () => Transaction<T>): Promise<T> {
    for (let runs = 1; ; runs++) {
      const client = await this.connect();
      let broken: Error | undefined;
      try {
        await query(client, 'BEGIN');
        const result = await this.runToEnd(client, transaction(), runs < MAX_RUNS);
        await query(client, 'COMMIT');
        return result;
      } catch (error) {
        // A lost connection has nothing to roll back, and a hanging one would not answer.
        broken = this.noteFailure(error) ?? (await rollback(client));
        if (runs < MAX_RUNS && isRetryable(error)) continue;
        throw error;
      } finally {
        client.release(broken);
      }
    }
  }

  async execute<Input, Result>(operation: HotOperation<Input, Result>, input: Input): Promise<Result> {
    const result = await this.batcher.run(operation, input);
    return result ?? this.transaction(() => runRefused(operation, input));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  private async single<R extends object>(
    sql: string,
    params: readonly (SqlValue | readonly SqlValue[])[],
  ): Promise<R[]> {
    const statement = this.prepare({ sql, params });
    for (let runs = 1; ; runs++) {
      // `pool.query` is not used, because it closes the connection at any error, even when only a row was refused.
      const client = await this.connect();
      let broken: Error | undefined;
      try {
        return (await query(client, statement)).rows as R[];
      } catch (error) {
        broken = this.noteFailure(error);
        if (runs < MAX_RUNS && isRetryable(error)) continue;
        throw error;
      } finally {
        client.release(broken);
      }
    }
  }

  private async runToEnd<T>(
    client: PoolClient,
    transaction: Transaction<T>,
    mayRunAgain: boolean,
  ): Promise<T> {
    let step = transaction.next();
    while (!step.done) {
      let rows: Row[];
      try {
        rows = (await query(client, this.prepare(step.value))).rows as Row[];
      } catch (error) {
        // The transaction runs again from its start, so this run does not get the chance to handle the error.
        if (mayRunAgain && isRetryable(error)) throw error;
        abandon(transaction, error);
      }
      step = transaction.next(rows);
    }
    return step.value;
  }

  private refuseOverload(): void {
    if (this.pool.waitingCount >= this.pool.options.max * WAITING_PER_CONNECTION)
      throw new DatabaseOverloaded();
  }

  /** @throws DatabaseUnavailable for every failure to connect, including a refused password. */
  private async connect(): Promise<PoolClient> {
    this.refuseOverload();
    try {
      return await this.pool.connect();
    } catch (error) {
      this.failures++;
      throw new DatabaseUnavailable(error);
    }
  }

  /** @returns the error if the connection must not be used again. */
  private noteFailure(error: unknown): DatabaseUnavailable | undefined {
    if (!(error instanceof DatabaseUnavailable)) return undefined;
    if (!(error instanceof RowLocked)) this.failures++;
    return error;
  }

  private prepare({
    sql,
    params,
  }: {
    sql: string;
    params: readonly (SqlValue | readonly SqlValue[])[];
  }): QueryConfig {
    requireStorable(params);
    const values = params as unknown[];
    if (this.testClock)
      return { text: sql.replaceAll('now_ms()', `(${this.testClock.now()}::bigint)`), values };
    let known = this.names.get(sql);
    if (!known) {
      known = { name: `injeung_${this.names.size}`, text: sql.replaceAll('now_ms()', DATABASE_CLOCK) };
      this.names.set(sql, known);
    }
    return { ...known, values };
  }
}

function* runRefused<Input, Result>(
  operation: HotOperation<Input, Result>,
  input: Input,
): Transaction<Result> {
  const refusal = operation.findRefusal && (yield* operation.findRefusal(input));
  if (refusal) throw refusal;
  return yield* operation.transaction(input);
}

/** @throws the error that `meaningOf` in postgres-errors.ts returns for a failed statement. */
async function query(client: PoolClient, statement: string | QueryConfig): Promise<QueryResult> {
  try {
    return await client.query(statement);
  } catch (error) {
    throw meaningOf(error);
  }
}

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
