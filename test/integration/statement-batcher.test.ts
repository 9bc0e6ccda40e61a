import { type Database } from '../../src/database/database';
import { DatabaseOverloaded, RowLocked } from '../../src/database/database-errors';
import { type HotOperation } from '../../src/database/hot-operation';
import { ParameterTable } from '../../src/database/parameter-table';
import { PostgresDatabase } from '../../src/database/postgres/postgres-database';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';

const INPUT = new ParameterTable<string>('input', { key: ['text', (key) => key] });
const COLUMNS = '(key, sent, guesses, window_start, this_window, last_window, updated_at)';

/** An operation on rows of `budget`. The input is a key. The transaction only reports that it ran. */
function operation(
  name: string,
  statement: string,
  keys: Partial<Pick<HotOperation<string, string>['batch'], 'ownKeys' | 'sharedKeys'>> = {},
): HotOperation<string, string> {
  return {
    name,

    *transaction(key) {
      return `${key}: transaction`;
    },
    batch: {
      sql: `WITH input AS MATERIALIZED (${INPUT.select}) ${statement}`,
      params: (inputs) => INPUT.arrays(inputs),
      idOf: (key) => key,
      ownKeys: (key) => [key],
      resultOf: (row) => `${(row as { id: string }).id}: statement`,
      ...keys,
    },
  };
}

const insert = operation(
  'insert',
  `INSERT INTO budget ${COLUMNS} SELECT key, '', '', 0, 0, 0, now_ms() FROM input ORDER BY key
   ON CONFLICT (key) DO NOTHING RETURNING key AS id`,
);
/** Undoes all its writes when one of its keys begins with "undo". */
const insertOrUndo = operation(
  'insert or undo',
  `, inserted AS (
     INSERT INTO budget ${COLUMNS} SELECT key, '', '', 0, 0, 0, now_ms() FROM input RETURNING key
   )
   SELECT key AS id FROM inserted WHERE 1 / (CASE WHEN key LIKE 'undo%' THEN 0 ELSE 1 END) = 1`,
);
const insertNumber = operation(
  'insert number',
  `INSERT INTO budget ${COLUMNS} SELECT key, '', '', cast(key AS bigint), 0, 0, now_ms() FROM input RETURNING key AS id`,
);
const update = operation(
  'update',
  `UPDATE budget SET last_window = last_window + 1 FROM (SELECT key FROM input ORDER BY key) AS input
   WHERE budget.key = input.key RETURNING budget.key AS id`,
);

// SQLite only runs transactions. test/support/find-programs.ts reports which suites are skipped.
(DIALECTS.includes('postgres') ? describe : describe.skip)('a hot operation, on postgres', () => {
  let own: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    own = await createDatabase('postgres');
    database = await openDatabase(own.url);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
    await own.drop();
  });

  const keys = async () =>
    (await database.read<{ key: string }>('SELECT key FROM budget ORDER BY key')).map(({ key }) => key);
  const runAll = (inputs: readonly string[], what = insert) =>
    Promise.all(inputs.map((key) => database.execute(what, key)));
  /** Counts the statements of batches that are sent from now on. */
  const countStatements = () =>
    jest.spyOn(PostgresDatabase.prototype as unknown as { single: () => unknown }, 'single');

  it('returns the result of the statement, or of the transaction when the statement refused', async () => {
    expect(await database.execute(insert, 'a')).toBe('a: statement');
    expect(await database.execute(insert, 'a')).toBe('a: transaction');
    expect(await keys()).toEqual(['a']);
  });

  it('shares statements between inputs that wait at the same time, and each input gets its own result', async () => {
    await database.execute(insert, '7');
    const names = Array.from({ length: 20 }, (_, n) => String(n));
    const statements = countStatements();
    const results = await runAll(names);
    expect(results).toEqual(names.map((name) => (name === '7' ? '7: transaction' : `${name}: statement`)));
    expect(statements.mock.calls.length).toBeLessThanOrEqual(2);
    expect(await keys()).toHaveLength(20);
  });

  it('runs each input alone when their statement undid its writes, and keeps the connection', async () => {
    const single = await openDatabase(own.url, { pool: { size: 1, connectTimeoutMs: 5_000 } });
    const connection = () => single.read('SELECT pg_backend_pid() AS pid');
    const before = await connection();
    const inputs = ['a', 'undo', 'b'].map((key) => single.execute(insertOrUndo, key));
    expect(await Promise.all(inputs)).toEqual(['a: statement', 'undo: transaction', 'b: statement']);
    expect(await keys()).toEqual(['a', 'b']);
    expect(await connection()).toEqual(before);
    await single.close();
  });

  it('rejects only the input that makes the statement fail', async () => {
    const inputs = ['1', 'one', '2'].map((key) => database.execute(insertNumber, key));
    const [first, second, third] = await Promise.allSettled(inputs);
    expect([first!.status, third!.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(second).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/bigint/) },
    });
    expect(await keys()).toEqual(['1', '2']);
  });

  it('runs inputs with a common own key one after the other', async () => {
    await database.execute(insert, 'row');
    const seen: number[] = [];
    const count: HotOperation<number, number> = {
      name: 'count',
      *transaction() {
        throw new Error('the statement refused');
      },
      batch: {
        sql: `WITH input AS MATERIALIZED (SELECT * FROM unnest($1::text[]) AS input (id))
          UPDATE budget SET this_window = this_window + 1 FROM input WHERE key = 'row' RETURNING id, this_window`,
        params: (inputs) => [inputs.map(String)],
        idOf: String,
        ownKeys: () => ['row'],
        resultOf: (row) => (row as { this_window: number }).this_window,
      },
    };
    const inputs = Array.from({ length: 8 }, (_, n) => n);
    seen.push(...(await Promise.all(inputs.map((n) => database.execute(count, n)))));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('runs statements with a common shared key one after the other, so that each sees the changes of the one before', async () => {
    const atMost40 = operation(
      'at most 40',
      `INSERT INTO budget ${COLUMNS}
       SELECT key, '', '', 0, 0, 0, now_ms() FROM (SELECT key, row_number() OVER () AS place FROM input) AS input
       WHERE (SELECT count(*) FROM budget) + place <= 40 RETURNING key AS id`,
      { sharedKeys: () => ['everybody'] },
    );
    const results = await runAll(
      Array.from({ length: 100 }, (_, n) => String(n)),
      atMost40,
    );
    expect(results.filter((result) => result.endsWith('statement'))).toHaveLength(40);
  });

  it('does not wait for a row that another transaction locks, unless the input concerns that row', async () => {
    const names = ['free', 'held', 'also free'];
    await runAll(names);
    const holder = await openDatabase(own.url);
    const runner = holder.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query(`SELECT 1 FROM budget WHERE key = 'held' FOR UPDATE`);
    const [first, second, third] = await Promise.allSettled(
      names.map((key) => database.execute(update, key)),
    );
    expect([first!.status, third!.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(RowLocked) });
    await runner.rollbackTransaction();
    await runner.release();
    await holder.close();
  });

  const ROUNDS = 20;
  it('locks rows in one order, so that statements of two nodes never deadlock', async () => {
    const other = await openDatabase(own.url);
    const names = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, '0'));
    await runAll(names);
    const upsert = operation(
      'upsert',
      `INSERT INTO budget ${COLUMNS} SELECT key, '', '', 0, 0, 0, now_ms() FROM input ORDER BY key
       ON CONFLICT (key) DO UPDATE SET this_window = budget.this_window + 1 RETURNING key AS id`,
    );
    const all = (on: Database, order: readonly string[]) =>
      order.flatMap((key) => [on.execute(upsert, key), on.execute(update, key)]);
    const prepare = jest.spyOn(
      PostgresDatabase.prototype as unknown as { prepare: () => unknown },
      'prepare',
    );
    for (let round = 0; round < ROUNDS; round++)
      await Promise.all([...all(database, names), ...all(other, [...names].reverse())]);
    // PostgreSQL would end a deadlock, and the statement would be prepared again.
    expect(prepare).toHaveBeenCalledTimes(2 * 2 * ROUNDS);
    const [row] = await database.read(
      `SELECT min(this_window) AS least, max(this_window) AS most, min(last_window) AS updates FROM budget`,
    );
    expect(row).toEqual({ least: 2 * ROUNDS, most: 2 * ROUNDS, updates: 2 * ROUNDS });
    await other.close();
  });

  it('refuses inputs when too many are waiting', async () => {
    const inputs = Array.from({ length: 1_100 }, (_, n) => database.execute(insert, String(n)));
    const outcomes = await Promise.allSettled(inputs);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) expect(one).toMatchObject({ reason: expect.any(DatabaseOverloaded) });
    expect(await keys()).toHaveLength(inputs.length - refused.length);
  });
});
