import { type Database, type SqlValue, type Statement } from './database';

/** Where a statement is tied to the one before it; each statement of a chain has it once. */
const TIE = 'WHERE true';
/** SQLSTATE of a division by zero. */
const BROKEN = '22012';

/** Statements that all change something or none does, as one statement. */
export interface Chain {
  /** Conditions on the first statement, read before anything is changed. */
  guards?: readonly Statement[];
  /** Each holds `WHERE true` once and returns a row when it did its work; it runs only when the one before it did. */
  steps: readonly [Statement, ...Statement[]];
  /** Which step's columns are the answer. */
  answer: number;
}

/**
 * Runs a chain on PostgreSQL as one statement with data-modifying CTEs: one round trip instead of one for each step
 * and two for the transaction, which is most of what a request costs there.
 *
 * A step that refuses after an earlier one has written must undo what was written, and what a statement can do to
 * undo itself is to fail: it divides by the number of rows of its last step. The server logs such a failure, so guards
 * are there to make it as rare as two requests for the last room of one budget.
 *
 * @returns the answer, or null when a step refused and nothing was changed.
 */
export async function runChain<R extends object>(database: Database, chain: Chain): Promise<R | null> {
  const { steps, guards = [] } = chain;
  const text = textOf(chain);
  const params: SqlValue[] = [];
  for (const part of [...steps, ...guards]) params.push(...part.params);
  try {
    const [row] = await database.write<R & { whole: number | null }>(text, params);
    return row!.whole === null ? null : row!;
  } catch (error) {
    if ((error as { code?: string }).code === BROKEN) return null;
    throw error;
  }
}

const texts = new Map<string, string>();

/** There are as many shapes as there are combinations of limits that are on: a handful. */
function textOf(chain: Chain): string {
  const parts = [...chain.steps, ...(chain.guards ?? [])];
  const shape = `${chain.answer} ${parts.map(({ sql }) => sql).join('\n')}`;
  let text = texts.get(shape);
  if (text === undefined) texts.set(shape, (text = write(chain)));
  return text;
}

function write({ steps, guards = [], answer }: Chain): string {
  let used = 0;
  const numbered = ({ sql, params }: Statement) => {
    const before = used;
    used += params.length;
    return sql.replace(/\$(\d+)/g, (_, number: string) => `$${before + Number(number)}`);
  };
  const bodies = steps.map(numbered);
  const first = [TIE, ...guards.map(numbered)].join(' AND ');
  const ctes = bodies.map((body, index) => {
    const tie = index === 0 ? first : `WHERE EXISTS (SELECT 1 FROM step_${index})`;
    return `step_${index + 1} AS (${body.replace(TIE, () => tie)})`;
  });
  // The row on the left is always there, so that the division is always asked for.
  return `WITH ${ctes.join(',\n')}
SELECT answer.*, CASE WHEN EXISTS (SELECT 1 FROM step_1) THEN 1 / (SELECT count(*) FROM step_${steps.length}) END AS whole
FROM (SELECT 1) AS always LEFT JOIN step_${answer + 1} AS answer ON true`;
}
