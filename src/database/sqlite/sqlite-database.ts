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
  /** The work is one statement, which SQLite undoes by itself when it fails. */
  isOneStatement: boolean;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/** A statement with `?` for each parameter, because binding by name costs more. */
interface Prepared {
  statement: SqliteConnection.Statement;
  /** The index of the parameter for each `?`, from 0. */
  places: readonly number[];
  /** Whether the statement uses the time, which is bound by name because a statement can use it many times. */
  clocked: boolean;
}

type Outcome = { ok: true; value: unknown } | { ok: false; reason: unknown };

/** The most transactions that share a commit. It limits how long the event loop is blocked. */
const GROUP_SIZE = 128;
/** The most transactions that may wait: some tenths of a second of work. Further ones are refused. */
const MAX_WAITING = 32 * GROUP_SIZE;
/** The pause before the next check whether another process still locks the file, in milliseconds. */
const LOCK_RETRY_MS = 20;

/**
 * SQLite, over TypeORM's better-sqlite3 connection.
 *
 * Every write goes through one queue. Writes that wait at the same time share a commit, because the fsync of a commit
 * is the most expensive part of a write. Each write has its own savepoint, so that its failure does not undo the
 * others. No write is reported as done before the commit is on disk (`synchronous=FULL`).
 */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  failures = 0;
  private readonly statements = new Map<string, Prepared>();
  private pending: PendingWrite[] = [];
  /** Since when another process has locked the file, by the monotonic clock. Null: the file is not locked. */
  private lockedSince: number | null = null;

  constructor(
    readonly dataSource: DataSource,
    private readonly connection: SqliteConnection.Database,
    private readonly clock: Clock,
    private readonly releaseLock: () => void,
    /** How long a write waits for the lock of another process (a backup, a shell), in milliseconds. */
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
      // The writes that arrive in the same turn of the event loop share a commit.
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

  /** Waits with a timer, because SQLite's own wait would block the event loop, and with it all reads and `healthz`. */
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
      // At a full disk SQLite rolls back the whole transaction itself, so the savepoint does not exist any more.
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
    // A bigint is bound as an integer. A number of this size would be bound as a float, with the text
    // "1764000000000.0".
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
