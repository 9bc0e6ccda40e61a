import { memo } from '../shared/memo';
import { type Chain, type ColumnType, keysOf, paramsOf, writeChain } from './chain';
import { DatabaseOverloaded, DatabaseUnavailable, RowLocked } from './database-errors';
import { type SqlValue } from './statement';

interface Waiting {
  chain: Chain;
  params: SqlValue[];
  keys: SqlValue[];
  resolve: (row: object | null) => void;
  reject: (reason: unknown) => void;
}

/** Runs one statement that commits by itself; its parameters are columns. */
type Execute = (sql: string, columns: readonly SqlValue[][]) => Promise<Record<string, unknown>[]>;

/** Chains that share a statement, at most. */
const GROUP_SIZE = 32;
/** Statements of one shape under way at once; what comes meanwhile waits for the next. One or three are no faster. */
const LANES = 2;
/** Chains that may wait: some tenths of a second's work. More than that is refused. */
const MAX_WAITING = 32 * GROUP_SIZE;
/** SQLSTATE of a division by zero: a step refused after another had written. */
const REFUSED = '22012';

/**
 * Runs chains on PostgreSQL. Those that look alike and wait at the same moment share one statement, and so a round
 * trip and a commit, as on SQLite they share a commit: at 64 connections a verification costs the server 0.5 ms of CPU
 * instead of 0.85, and PostgreSQL 0.13 instead of 0.43.
 */
export class ChainGroups {
  private readonly textId: (sql: string) => number;
  private readonly shape: (name: string) => Shape;

  constructor(execute: Execute) {
    let texts = 0;
    this.textId = memo(() => texts++);
    this.shape = memo(() => new Shape(execute));
  }

  /**
   * @returns the answer, or null when a step refused and nothing was changed.
   * @throws DatabaseUnavailable
   */
  run<R extends object>(chain: Chain): Promise<R | null> {
    const { steps, guards = [], answer } = chain;
    let name = `${answer}`;
    for (const { sql } of steps) name += `,${this.textId(sql)}`;
    for (const { sql } of guards) name += `;${this.textId(sql)}`;
    return this.shape(name).add(chain) as Promise<R | null>;
  }
}

/** The chains of one text, of which there are as many as combinations of limits that are on: a handful. */
class Shape {
  private waiting: Waiting[] = [];
  private running = 0;
  private planned = false;
  private readonly texts = new Map<string, string>();

  constructor(private readonly execute: Execute) {}

  add(chain: Chain): Promise<object | null> {
    if (this.waiting.length >= MAX_WAITING) return Promise.reject(new DatabaseOverloaded());
    return new Promise((resolve, reject) => {
      this.waiting.push({ chain, params: paramsOf(chain), keys: keysOf(chain), resolve, reject });
      this.plan();
    });
  }

  /** One turn of the event loop gathers the requests that arrived together. */
  private plan(): void {
    if (this.planned || this.running >= LANES || this.waiting.length === 0) return;
    this.planned = true;
    setImmediate(() => {
      this.planned = false;
      const group = this.takeGroup();
      // All may have been refused meanwhile, with a group that found the database away.
      if (group.length > 0) void this.runInLane(group);
    });
  }

  private async runInLane(group: readonly Waiting[]): Promise<void> {
    this.running++;
    this.plan();
    await this.runGroup(group);
    this.running--;
    this.plan();
  }

  /**
   * Those that have waited longest, and no two that have a key in common: a statement changes a row once only, and its
   * guards see nothing of what it does.
   */
  private takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    const later: Waiting[] = [];
    const taken = new Set<SqlValue>();
    for (const one of this.waiting) {
      if (group.length === GROUP_SIZE || one.keys.some((key) => taken.has(key))) {
        later.push(one);
        continue;
      }
      group.push(one);
      for (const key of one.keys) taken.add(key);
    }
    this.waiting = later;
    return group.sort(byKey);
  }

  private async runGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const [{ chain, params }] = group as readonly [Waiting];
      const columns = params.map((_, index) => group.map((one) => one.params[index]!));
      const rows = await this.execute(this.textFor(chain, columns), columns);
      const { answer } = chain;
      const { key } = chain.steps[answer]!;
      const found = new Map(rows.map((row) => [row[key], row]));
      for (const one of group) one.resolve(found.get(one.chain.steps[answer]!.params[0]!) ?? null);
    } catch (error) {
      if (group.length > 1 && isOfOne(error)) await Promise.all(group.map((one) => this.runGroup([one])));
      else this.fail(group, error);
    }
  }

  private fail(group: readonly Waiting[], error: unknown): void {
    if ((error as { code?: string }).code === REFUSED) return group.forEach(({ resolve }) => resolve(null));
    // A database that is away is so for those as well who would come next, and each could wait in vain for seconds.
    const away = error instanceof DatabaseUnavailable && !isOfOne(error);
    const all = away ? [...group, ...this.waiting.splice(0)] : group;
    for (const { reject } of all) reject(error);
  }

  private textFor(chain: Chain, columns: readonly SqlValue[][]): string {
    const types = columns.map(typeOf);
    const name = types.join();
    let text = this.texts.get(name);
    if (text === undefined) this.texts.set(name, (text = writeChain(chain, types)));
    return text;
  }
}

/** Rows are changed in one order everywhere, so that no two statements wait for each other's in a circle. */
function byKey(a: Waiting, b: Waiting): number {
  return String(a.params[0]) < String(b.params[0]) ? -1 : 1;
}

/** Whether the trouble is one chain's, and the others of its group would do by themselves. */
function isOfOne(error: unknown): boolean {
  return error instanceof RowLocked || !(error instanceof DatabaseUnavailable);
}

function typeOf(column: readonly SqlValue[]): ColumnType {
  return column.some((value) => typeof value === 'number') ? 'bigint' : 'text';
}
