import type SqliteConnection from 'better-sqlite3';
import { type DataSource } from 'typeorm';
import { type Clock } from '../../shared/clock';
import { abandon, type Row, query, type SqlValue, type Transaction } from '../statement';
import { type Database } from '../database';
import { type HotOperation } from '../hot-operation';
import { DatabaseOverloaded, DatabaseUnavailable } from '../database-errors';
import { meaningOf, sqliteCode } from './sqlite-errors';
import { requireStorable } from '../storable-text';

interface PendingWrite {
  transaction: () => Transaction<unknown>;
  /** One statement, which SQLite undoes by itself when it fails. */
  isOneStatement: boolean;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/** A statement with `?` for each parameter. Binding by name costs more. */
interface Prepared {
  statement: SqliteConnection.Statement;
  /** The index of the parameter for each `?`, from 0. */
  places: readonly number[];
  /** Whether the time is bound as well; by its name, because a statement uses it many times. */
  clocked: boolean;
}

type Outcome = { ok: true; value: unknown } | { ok: false; reason: unknown };

/** Transactions that share one commit, at most: this bounds how long the event loop is held. */
const GROUP_SIZE = 128;
/** Transactions that may wait: some tenths of a second's work. More than that is refused. */
const MAX_WAITING = 32 * GROUP_SIZE;
/** Pause before the next look whether another process's lock on the file is gone, in milliseconds. */
const LOCK_RETRY_MS = 20;

/**
 * SQLite on TypeORM's own better-sqlite3 connection.
 *
 * Every write goes through one queue. Requests that wait at the same moment share a commit, since the fsync is
 * what a write costs; a savepoint around each keeps one's failure from the others. Nothing is answered before the
 * commit is on disk (`synchronous=FULL`).
 */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  failures = 0;
  private readonly statements = new Map<string, Prepared>();
  private pending: PendingWrite[] = [];
  /** Since when another process has had the file, by the monotonic clock. */
  private lockedSince: number | null = null;

  constructor(
    readonly dataSource: DataSource,
    private readonly connection: SqliteConnection.Database,
    private readonly clock: Clock,
    private readonly releaseLock: () => void,
    /** How long a lock of another process (a backup, a shell) is waited for, in milliseconds. */
    private readonly lockTimeoutMs: number,
  ) {}

  async read<R extends object>(sql: string, params: readonly SqlValue[] = []): Promise<R[]> {
    try {
      return this.runStatement(sql, params) as R[];
    } catch (error) {
      throw meaningOf(error);
    }
  }

  write<R extends object>(sql: string, params: readonly SqlValue[] = []): Promise<R[]> {
    return this.enqueue(() => query<R>(sql, params), true);
  }

  transaction<T>(transaction: () => Transaction<T>): Promise<T> {
    return this.enqueue(transaction, false);
  }

  execute<Input, Result>(operation: HotOperation<Input, Result>, input: Input): Promise<Result> {
    return this.enqueue(() => operation.transaction(input), operation.isOneStatement ?? false);
  }

  private enqueue<T>(transaction: () => Transaction<T>, isOneStatement: boolean): Promise<T> {
    if (this.pending.length >= MAX_WAITING) return Promise.reject(new DatabaseOverloaded());
    return new Promise<T>((resolve, reject) => {
      this.pending.push({
        transaction,
        isOneStatement,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      // One turn of the event loop gathers the requests that arrived together.
      if (this.pending.length === 1) setImmediate(() => this.commitPending());
    });
  }

  async close(): Promise<void> {
    while (this.pending.length > 0) await new Promise(setImmediate);
    this.statements.clear();
    await this.dataSource.destroy();
    this.releaseLock();
  }

  private commitPending(): void {
    const group = this.pending.slice(0, GROUP_SIZE);
    let outcomes: Outcome[];
    try {
      outcomes = this.commit(group);
      this.lockedSince = null;
    } catch (error) {
      if (this.connection.open && this.connection.inTransaction) this.connection.exec('ROLLBACK');
      if (this.waitsForLock(error)) return void setTimeout(() => this.commitPending(), LOCK_RETRY_MS);
      const reason = new DatabaseUnavailable(error);
      outcomes = group.map(() => ({ ok: false, reason }));
    }
    this.pending = this.pending.slice(GROUP_SIZE);
    if (this.pending.length > 0) setImmediate(() => this.commitPending());
    group.forEach((one, index) => {
      const outcome = outcomes[index]!;
      if (!outcome.ok && outcome.reason instanceof DatabaseUnavailable) this.failures++;
      if (outcome.ok) one.resolve(outcome.value);
      else one.reject(outcome.reason);
    });
  }

  /** SQLite's own wait would hold the event loop; ours lets reads, and `healthz`, go on. */
  private waitsForLock(error: unknown): boolean {
    if (!sqliteCode(error).startsWith('SQLITE_BUSY')) return false;
    this.lockedSince ??= performance.now();
    return performance.now() - this.lockedSince < this.lockTimeoutMs;
  }

  private commit(group: PendingWrite[]): Outcome[] {
    this.runStatement('BEGIN IMMEDIATE', []);
    const outcomes = group.map((write) => this.attempt(write));
    this.runStatement('COMMIT', []);
    return outcomes;
  }

  private attempt({ transaction, isOneStatement }: PendingWrite): Outcome {
    if (!isOneStatement) this.runStatement('SAVEPOINT one', []);
    try {
      const value = this.runToEnd(transaction());
      if (!isOneStatement) this.runStatement('RELEASE one', []);
      return { ok: true, value };
    } catch (reason) {
      // A full disk rolls the whole transaction back by itself; then there is no savepoint to return to.
      if (!this.connection.inTransaction) throw reason;
      if (!isOneStatement) {
        this.runStatement('ROLLBACK TO one', []);
        this.runStatement('RELEASE one', []);
      }
      return { ok: false, reason };
    }
  }

  private runToEnd<T>(transaction: Transaction<T>): T {
    let step = transaction.next();
    while (!step.done) {
      let rows: Row[];
      try {
        rows = this.runStatement(step.value.sql, step.value.params);
      } catch (error) {
        abandon(transaction, meaningOf(error));
      }
      step = transaction.next(rows);
    }
    return step.value;
  }

  private runStatement(sql: string, params: readonly SqlValue[]): Row[] {
    requireStorable(params);
    const { statement, places, clocked } = this.prepare(sql);
    const values: unknown[] = [places.map((place) => params[place]!)];
    // As a bigint: a number of this size would be bound as a float, and print as "1764000000000.0".
    if (clocked) values.push({ now: BigInt(this.clock.now()) });
    if (statement.reader) return statement.all(...values) as Row[];
    statement.run(...values);
    return [];
  }

  private prepare(sql: string): Prepared {
    let prepared = this.statements.get(sql);
    if (!prepared) {
      const places: number[] = [];
      const positional = sql.replaceAll('now_ms()', '$now').replaceAll(/\$(\d+)/g, (_, number: string) => {
        places.push(Number(number) - 1);
        return '?';
      });
      prepared = {
        statement: this.connection.prepare(positional),
        places,
        clocked: sql.includes('now_ms()'),
      };
      this.statements.set(sql, prepared);
    }
    return prepared;
  }
}
