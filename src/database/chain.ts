import { type SqlValue, type Statement } from './statement';

/** Where a statement is tied to its inputs and to the statement before it; each statement of a chain has it once. */
const TIE = 'WHERE true';

/** A statement of a chain: it returns a row when it did its work, and that row says for which `$1`. */
export interface Step extends Statement {
  /** The column that it returns `$1` in. */
  key: string;
  /**
   * Chains with the same `$1` may share the statement, which then runs this step once for all of them. Its SQL groups by
   * `$1`, counts with `count(*)` and orders by itself.
   */
  shared?: boolean;
}

/** A condition on a chain's first step. */
export interface Guard extends Statement {
  /** Chains with the same `$1` may share the statement: their own changes are not visible to the condition. */
  shared?: boolean;
}

/** Statements that all change something or none does, as one statement. */
export interface Chain {
  /** Conditions on the first step, read before anything is changed. */
  guards?: readonly Guard[];
  /** Each holds `WHERE true` once; it runs only where the one before it returned a row. */
  steps: readonly [Step, ...Step[]];
  /** Which step's columns are the answer. */
  answer: number;
}

/** PostgreSQL's type of a column of parameters. */
export type ColumnType = 'text' | 'bigint';

/** The parameters of all its statements, in order. */
export function paramsOf({ steps, guards = [] }: Chain): SqlValue[] {
  const all: SqlValue[] = [];
  for (const { params } of steps) all.push(...params);
  for (const { params } of guards) all.push(...params);
  return all;
}

/** What no other chain in the same statement may name: the first parameter of every statement that is not shared. */
export function keysOf({ steps, guards = [] }: Chain): SqlValue[] {
  const keys: SqlValue[] = [];
  for (const { params, shared } of steps) if (!shared && params.length > 0) keys.push(params[0]!);
  for (const { params, shared } of guards) if (!shared && params.length > 0) keys.push(params[0]!);
  return keys;
}

/**
 * Writes a chain as one statement with data-modifying CTEs that runs for many inputs at once: its parameters are the
 * columns of their parameters. That is one round trip and one commit instead of one for each step of each request,
 * which is most of what they cost on PostgreSQL.
 *
 * A step that refuses after an earlier one has written must undo what was written, and what a statement can do to
 * undo itself is to fail: it divides by zero (SQLSTATE 22012). The server logs such a failure, so guards are there to
 * make it as rare as two requests for the last room of one budget.
 *
 * Rows are inserted in the order of their keys, so that two nodes never wait for each other's in a circle.
 */
export function writeChain({ steps, guards = [], answer }: Chain, types: readonly ColumnType[]): string {
  let used = 0;
  const numbered = ({ sql, params }: Statement) => {
    const before = used;
    used += params.length;
    return {
      sql: sql.replace(/\$(\d+)/g, (_, n: string) => `input.p${before + Number(n)}`),
      key: before + 1,
    };
  };
  const bodies = steps.map(numbered);
  const conditions = ['true', ...guards.map((guard) => numbered(guard).sql)];
  const ctes = bodies.map(({ sql }, index) => {
    const before = index - 1;
    // `IS TRUE` keeps it a look-up in a hash table, where the planner would make a join of it.
    const tie =
      index === 0
        ? conditions.join(' AND ')
        : `(input.p${bodies[before]!.key} IN (SELECT ${steps[before]!.key} FROM step_${index})) IS TRUE`;
    return `step_${index + 1} AS (${sql.replace(TIE, () => tied(steps[index]!, tie))})`;
  });
  const columns = types.map((_, index) => `p${index + 1}`).join(', ');
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  return `WITH input AS MATERIALIZED (SELECT * FROM unnest(${arrays}) AS input(${columns})),
${ctes.join(',\n')}
SELECT answer.* FROM step_${answer + 1} AS answer
WHERE 1 = 1 / (CASE WHEN (SELECT count(*) FROM step_1) = (SELECT count(*) FROM step_${steps.length}) THEN 1 ELSE 0 END)`;
}

function tied({ sql, shared }: Step, condition: string): string {
  const where = `FROM input WHERE ${condition}`;
  return /^\s*INSERT/.test(sql) && !shared ? `${where} ORDER BY 1` : where;
}
