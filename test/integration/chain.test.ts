import { runChain } from '../../src/database/chain';
import { type Database, type Statement } from '../../src/database/database';
import { openDatabase } from '../../src/database/open-database';
import { createDatabase, DIALECTS, type TestDatabase } from '../support/databases';

const insert = (key: string): Statement => ({
  sql: `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
        SELECT $1, '', '', 0, 0, 0, now_ms() WHERE true ON CONFLICT (key) DO NOTHING RETURNING key`,
  params: [key],
});
const absent = (key: string): Statement => ({
  sql: 'NOT EXISTS (SELECT 1 FROM budget WHERE key = $1)',
  params: [key],
});

// SQLite has no data-modifying CTEs, and no round trips that they would save. Without a PostgreSQL server this is
// skipped; test/support/global-setup.ts says so.
(DIALECTS.includes('postgres') ? describe : describe.skip)('statements chained into one, on postgres', () => {
  let own: TestDatabase;
  let database: Database;

  beforeEach(async () => {
    own = await createDatabase('postgres');
    database = await openDatabase(own.url);
  });
  afterEach(async () => {
    await database.close();
    await own.drop();
  });

  const keys = async () =>
    (await database.read<{ key: string }>('SELECT key FROM budget ORDER BY key')).map(({ key }) => key);

  it('runs every step and gives the row of the one that was asked for', async () => {
    const steps = [insert('a'), insert('b'), insert('c')] as const;
    expect(await runChain(database, { steps, answer: 1 })).toMatchObject({ key: 'b' });
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('changes nothing when its first step refuses', async () => {
    await database.write(insert('a').sql, ['a']);
    expect(await runChain(database, { steps: [insert('a'), insert('b')], answer: 0 })).toBeNull();
    expect(await keys()).toEqual(['a']);
  });

  it('undoes the steps before the one that refuses', async () => {
    await database.write(insert('b').sql, ['b']);
    const steps = [insert('a'), insert('b'), insert('c')] as const;
    expect(await runChain(database, { steps, answer: 2 })).toBeNull();
    expect(await keys()).toEqual(['b']);
  });

  it('changes nothing when a guard refuses', async () => {
    await database.write(insert('guarded').sql, ['guarded']);
    const steps = [insert('a'), insert('b')] as const;
    expect(
      await runChain(database, { steps, guards: [absent('other'), absent('guarded')], answer: 1 }),
    ).toBeNull();
    expect(await keys()).toEqual(['guarded']);
    expect(await runChain(database, { steps, guards: [absent('other')], answer: 1 })).toMatchObject({
      key: 'b',
    });
  });

  it('keeps its connection when a step refuses', async () => {
    const single = await openDatabase(own.url, { pool: { size: 1, connectTimeoutMs: 5_000 } });
    const connection = () => single.read('SELECT pg_backend_pid() AS pid');
    const before = await connection();
    await single.write(insert('b').sql, ['b']);
    expect(await runChain(single, { steps: [insert('a'), insert('b')], answer: 0 })).toBeNull();
    expect(await connection()).toEqual(before);
    await single.close();
  });

  it('throws errors that are no refusal', async () => {
    const broken = { sql: `SELECT 'x'::int AS key WHERE true`, params: [] };
    await expect(runChain(database, { steps: [insert('a'), broken], answer: 0 })).rejects.toThrow(/integer/);
    expect(await keys()).toEqual([]);
  });
});
