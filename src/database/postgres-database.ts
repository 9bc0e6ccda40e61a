import { type Pool, type PoolClient, type QueryConfig } from 'pg';
import { type DataSource } from 'typeorm';
import { type Clock } from '../shared/clock';
import { ChainGroups } from './chain-groups';
import {
  type Database,
  type Row,
  type SqlValue,
  type Work,
  DatabaseOverloaded,
  DatabaseUnavailable,
  RowLocked,
} from './database';

/**
 * Serialisation failure, deadlock, and a key that another node inserted or erased in the meantime: nothing happened,
 * so the same work runs again and sees what the other did.
 */
const RETRYABLE = new Set(['40001', '40P01', '23505', '23503']);
const MAX_RUNS = 4;
/** SQLSTATE of a wait for a row that came to its limit. */
const LOCK_NOT_AVAILABLE = '55P03';
/** Requests that may wait for each connection: some tenths of a second's work. More than that is refused. */
const WAITING_PER_CONNECTION = 200;

const DATABASE_CLOCK = '((extract(epoch from clock_timestamp()) * 1000)::bigint)';

/**
 * PostgreSQL on TypeORM's own pool, with named statements: the server parses and plans each text once per
 * connection.
 *
 * @param testClock stands in for the database's clock; without it every node follows the database's, so that leases
 *   and expiries mean the same on all of them.
 */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly chains = new ChainGroups((sql, columns) => this.single(sql, columns));
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

  async transaction<T>(work: () => Work<T>): Promise<T> {
    for (let runs = 1; ; runs++) {
      const client = await this.connect();
      let broken: Error | undefined;
      try {
        await client.query('BEGIN');
        const result = await this.runToEnd(client, work());
        await client.query('COMMIT');
        return result;
      } catch (error) {
        const lost = unavailable(error);
        // Over a lost connection there is nothing to roll back, and over a hung one nobody to do it.
        broken = lost instanceof DatabaseUnavailable ? lost : await rollback(client);
        if (runs < MAX_RUNS && RETRYABLE.has(sqlState(error))) continue;
        throw lost;
      } finally {
        client.release(broken);
      }
    }
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
  }

  private async single<R extends object>(sql: string, params: readonly unknown[]): Promise<R[]> {
    for (let runs = 1; ; runs++) {
      // Not `pool.query`, which closes the connection at any error, also where only a row was refused.
      const client = await this.connect();
      let broken: Error | undefined;
      try {
        return (await client.query(this.prepare({ sql, params }))).rows as R[];
      } catch (error) {
        const lost = unavailable(error);
        if (lost instanceof DatabaseUnavailable) broken = lost;
        if (runs < MAX_RUNS && RETRYABLE.has(sqlState(error))) continue;
        throw lost;
      } finally {
        client.release(broken);
      }
    }
  }

  private async runToEnd<T>(client: PoolClient, work: Work<T>): Promise<T> {
    let step = work.next();
    while (!step.done) step = work.next((await client.query(this.prepare(step.value))).rows as Row[]);
    return step.value;
  }

  private refuseOverload(): void {
    if (this.pool.waitingCount >= this.pool.options.max * WAITING_PER_CONNECTION)
      throw new DatabaseOverloaded();
  }

  private async connect(): Promise<PoolClient> {
    this.refuseOverload();
    try {
      return await this.pool.connect();
    } catch (error) {
      throw unavailable(error);
    }
  }

  private prepare({ sql, params }: { sql: string; params: readonly unknown[] }): QueryConfig {
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

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function sqlState(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}

/**
 * Lost or refused connections: SQLSTATE classes 08, 53 and 57P, and errors of the socket, which carry no SQLSTATE.
 * Time limits too, and a server that became a read-only stand-by: another connection finds the new primary.
 */
function unavailable(error: unknown): unknown {
  const state = sqlState(error);
  if (state === LOCK_NOT_AVAILABLE) return new RowLocked(error);
  if (/^(08|53|57P|57014|25P03|25006)/.test(state) || /^E[A-Z]+$/.test(state))
    return new DatabaseUnavailable(error);
  if (state === '' && error instanceof Error && /connection|timeout|Connection/i.test(error.message)) {
    return new DatabaseUnavailable(error);
  }
  return error;
}
