import { DatabaseOverloaded, DatabaseUnavailable, RowLocked } from '../database-errors';
import { type BatchStatement, type HotOperation } from '../hot-operation';
import { type SqlValue } from '../statement';

/** Runs one statement that commits by itself, and returns its rows. */
type Execute = (sql: string, params: readonly SqlValue[][]) => Promise<Record<string, unknown>[]>;

interface PendingInput<Input, Result> {
  input: Input;
  ownKeys: readonly SqlValue[];
  sharedKeys: readonly SqlValue[];
  resolve: (result: Result | null) => void;
  reject: (reason: unknown) => void;
}

/** The most inputs that share a statement. */
const BATCH_SIZE = 32;
/** The most statements of one operation that run at once. Inputs that arrive meanwhile wait for the next statement. */
const MAX_RUNNING = 2;
/** The most inputs that may wait: some tenths of a second of work. Further inputs are refused. */
const MAX_PENDING = 32 * BATCH_SIZE;
/** SQLSTATE of a division by zero. A statement divides by zero to undo its own writes. */
const DIVISION_BY_ZERO = '22012';

/**
 * Runs hot operations on PostgreSQL. Inputs of one operation that wait at the same time share one statement, and so one
 * round trip and one commit. (On SQLite, transactions share a commit.) The section "compare" of bench/ measures the
 * gain.
 */
export class StatementBatcher {
  private readonly queues = new Map<string, BatchQueue<unknown, unknown>>();

  constructor(private readonly execute: Execute) {}

  /**
   * @returns the result, or null when the statement refused the input and changed nothing for it.
   * @throws DatabaseUnavailable
   */
  run<Input, Result>({ name, batch }: HotOperation<Input, Result>, input: Input): Promise<Result | null> {
    let queue = this.queues.get(name) as BatchQueue<Input, Result> | undefined;
    if (queue === undefined) {
      queue = new BatchQueue(batch, this.execute);
      this.queues.set(name, queue as BatchQueue<unknown, unknown>);
    }
    return queue.add(input);
  }
}

/** The inputs of one operation. */
class BatchQueue<Input, Result> {
  private pending: PendingInput<Input, Result>[] = [];
  private running = 0;
  private isPlanned = false;
  /** The keys of the inputs whose statements run. */
  private readonly keysInUse = new Set<SqlValue>();

  constructor(
    private readonly batch: BatchStatement<Input, Result>,
    private readonly execute: Execute,
  ) {}

  add(input: Input): Promise<Result | null> {
    if (this.pending.length >= MAX_PENDING) return Promise.reject(new DatabaseOverloaded());
    return new Promise((resolve, reject) => {
      const ownKeys = this.batch.ownKeys(input);
      const sharedKeys = this.batch.sharedKeys?.(input) ?? [];
      const one = { input, ownKeys, sharedKeys, resolve, reject };
      this.pending.push(one);
      if (!this.waitsForRunning(one)) this.plan();
    });
  }

  /** Inputs that arrive in the same turn of the event loop are gathered for one statement. */
  private plan(): void {
    if (this.isPlanned || this.running >= MAX_RUNNING || this.pending.length === 0) return;
    this.isPlanned = true;
    setImmediate(() => {
      this.isPlanned = false;
      const batch = this.takeBatch();
      if (batch.length > 0) void this.runBatch(batch);
    });
  }

  private async runBatch(batch: readonly PendingInput<Input, Result>[]): Promise<void> {
    const keys = batch.flatMap(({ ownKeys, sharedKeys }) => [...ownKeys, ...sharedKeys]);
    this.running++;
    for (const key of keys) this.keysInUse.add(key);
    this.plan();
    await this.runStatement(batch);
    for (const key of keys) this.keysInUse.delete(key);
    this.running--;
    this.plan();
  }

  /**
   * Takes the inputs that have waited longest. No two of them have an own key in common, because a statement can change
   * a row only once. None of them has a key in common with a running statement, because it must see the changes of that
   * statement.
   */
  private takeBatch(): PendingInput<Input, Result>[] {
    const batch: PendingInput<Input, Result>[] = [];
    const later: PendingInput<Input, Result>[] = [];
    const taken = new Set<SqlValue>();
    for (const one of this.pending) {
      const waits =
        batch.length === BATCH_SIZE || one.ownKeys.some((key) => taken.has(key)) || this.waitsForRunning(one);
      (waits ? later : batch).push(one);
      if (!waits) for (const key of one.ownKeys) taken.add(key);
    }
    this.pending = later;
    return batch;
  }

  private waitsForRunning({ ownKeys, sharedKeys }: PendingInput<Input, Result>): boolean {
    const isInUse = (key: SqlValue) => this.keysInUse.has(key);
    return ownKeys.some(isInUse) || sharedKeys.some(isInUse);
  }

  private async runStatement(batch: readonly PendingInput<Input, Result>[]): Promise<void> {
    try {
      const params = this.batch.params(batch.map(({ input }) => input));
      const rows = await this.execute(this.batch.sql, params);
      const accepted = new Map(rows.map((row) => [row.id, row]));
      for (const { input, resolve } of batch) {
        const row = accepted.get(this.batch.idOf(input));
        resolve(row === undefined ? null : this.batch.resultOf(row, input));
      }
    } catch (error) {
      if (batch.length > 1 && concernsOneInput(error))
        await Promise.all(batch.map((one) => this.runStatement([one])));
      else this.fail(batch, error);
    }
  }

  private fail(batch: readonly PendingInput<Input, Result>[], error: unknown): void {
    if ((error as { code?: string }).code === DIVISION_BY_ZERO)
      return batch.forEach(({ resolve }) => resolve(null));
    // An unavailable database fails the waiting inputs too. Otherwise each of them could wait for seconds in vain.
    const isAway = error instanceof DatabaseUnavailable && !concernsOneInput(error);
    const failed = isAway ? [...batch, ...this.pending.splice(0)] : batch;
    for (const { reject } of failed) reject(error);
  }
}

/** Whether the error comes from one input, so that the other inputs of the batch may succeed when they run alone. */
function concernsOneInput(error: unknown): boolean {
  return error instanceof RowLocked || !(error instanceof DatabaseUnavailable);
}
