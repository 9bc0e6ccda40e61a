import { randomUUID } from 'node:crypto';
import { type Chain, type Step } from '../../src/database/chain';
import { type Database } from '../../src/database/database';
import { DatabaseOverloaded, RowLocked } from '../../src/database/database-errors';
import { type Statement } from '../../src/database/statement';
import { PostgresDatabase } from '../../src/database/postgres/postgres-database';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';

const insert = (key: string): Step => ({
  key: 'key',
  sql: `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
        SELECT $1, '', '', 0, 0, 0, now_ms() WHERE true ON CONFLICT (key) DO NOTHING RETURNING key`,
  params: [key],
});
const insertNumber = (value: string): Step => ({
  key: 'key',
  sql: `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
        SELECT $1, '', '', $2::int, 0, 0, now_ms() WHERE true RETURNING key`,
  params: [`${value}-number`, value],
});
const update = (key: string, to: number): Step => ({
  key: 'key',
  sql: `UPDATE budget SET this_window = $2 WHERE true AND key = $1 AND this_window < $2 RETURNING key, this_window`,
  params: [key, to],
});
const absent = (key: string): Statement => ({
  sql: 'NOT EXISTS (SELECT 1 FROM budget WHERE key = $1)',
  params: [key],
});

const run = (database: Database, chain: Chain) => database.chains!.run<{ key: string }>(chain);

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
    expect(await run(database, { steps, answer: 1 })).toMatchObject({ key: 'b' });
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('changes nothing when its first step refuses', async () => {
    await database.write(insert('a').sql, ['a']);
    expect(await run(database, { steps: [insert('a'), insert('b')], answer: 0 })).toBeNull();
    expect(await keys()).toEqual(['a']);
  });

  it('undoes the steps before the one that refuses', async () => {
    await database.write(insert('b').sql, ['b']);
    const steps = [insert('a'), insert('b'), insert('c')] as const;
    expect(await run(database, { steps, answer: 2 })).toBeNull();
    expect(await keys()).toEqual(['b']);
  });

  it('changes nothing when a guard refuses', async () => {
    await database.write(insert('guarded').sql, ['guarded']);
    const steps = [insert('a'), insert('b')] as const;
    expect(
      await run(database, { steps, guards: [absent('other'), absent('guarded')], answer: 1 }),
    ).toBeNull();
    expect(await keys()).toEqual(['guarded']);
    expect(await run(database, { steps, guards: [absent('other')], answer: 1 })).toMatchObject({
      key: 'b',
    });
  });

  it('keeps its connection when a step refuses', async () => {
    const single = await openDatabase(own.url, { pool: { size: 1, connectTimeoutMs: 5_000 } });
    const connection = () => single.read('SELECT pg_backend_pid() AS pid');
    const before = await connection();
    await single.write(insert('b').sql, ['b']);
    expect(await run(single, { steps: [insert('a'), insert('b')], answer: 0 })).toBeNull();
    expect(await connection()).toEqual(before);
    await single.close();
  });

  it('throws errors that are no refusal', async () => {
    const steps = [insert('a'), insertNumber('one')] as const;
    await expect(run(database, { steps, answer: 0 })).rejects.toThrow(/integer/);
    expect(await keys()).toEqual([]);
  });

  describe('many at once', () => {
    const chainOf = (key: string): Chain => ({ steps: [insert(key), insert(`${key}+`)], answer: 0 });

    it('share statements, and each gets its own answer', async () => {
      const statements = jest.spyOn(
        PostgresDatabase.prototype as unknown as { single: () => unknown },
        'single',
      );
      await database.write(insert('7').sql, ['7']);
      const names = Array.from({ length: 20 }, (_, n) => String(n));
      const answers = await Promise.all(names.map((name) => run(database, chainOf(name))));
      expect(answers.map((row) => row?.key)).toEqual(names.map((name) => (name === '7' ? undefined : name)));
      // The write, and no more than two groups.
      expect(statements.mock.calls.length).toBeLessThanOrEqual(3);
      statements.mockRestore();
      expect(await keys()).toHaveLength(39);
    });

    it('let those go on whose neighbour is refused late or is broken', async () => {
      await database.write(insert('late+').sql, ['late+']);
      const late = [chainOf('a'), chainOf('late'), chainOf('b')].map((chain) => run(database, chain));
      expect((await Promise.all(late)).map((row) => row?.key)).toEqual(['a', undefined, 'b']);
      const numbers = ['1', 'one', '2'].map((value) =>
        run(database, { steps: [insertNumber(value)], answer: 0 }),
      );
      const outcomes = await Promise.allSettled(numbers);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await keys()).toEqual(['1-number', '2-number', 'a', 'a+', 'b', 'b+', 'late+']);
    });

    it('see what another did whose guard asks for the same', async () => {
      const exclusive = (key: string): Chain => ({
        guards: [absent('the one')],
        steps: [insert(key), insert('the one')],
        answer: 0,
      });
      const answers = await Promise.all(['a', 'b', 'c'].map((key) => run(database, exclusive(key))));
      expect(answers.filter(Boolean)).toHaveLength(1);
      const prepare = jest.spyOn(
        PostgresDatabase.prototype as unknown as { prepare: () => unknown },
        'prepare',
      );
      const guarded = (key: string): Chain => ({
        guards: [absent('nobody')],
        steps: [insert(key)],
        answer: 0,
      });
      await Promise.all(['d', 'e', 'f'].map((key) => run(database, guarded(key))));
      expect(prepare).toHaveBeenCalledTimes(3);
      prepare.mockRestore();
    });

    it('change one row one after the other', async () => {
      await database.write(insert('row').sql, ['row']);
      const count: Step = {
        key: 'key',
        sql: `UPDATE budget SET this_window = this_window + 1 WHERE true AND key = $1 RETURNING key, this_window`,
        params: ['row'],
      };
      const counts = Array.from({ length: 8 }, () =>
        database.chains!.run<{ this_window: number }>({ steps: [count], answer: 0 }),
      );
      const seen = (await Promise.all(counts)).map((row) => row!.this_window);
      expect(seen.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });

    it('are not held up by a row that another holds, whose own waits a second and is told so', async () => {
      for (const key of ['free', 'held', 'also free']) await database.write(insert(key).sql, [key]);
      const holder = await openDatabase(own.url);
      const runner = holder.dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query(`SELECT 1 FROM budget WHERE key = 'held' FOR UPDATE`);
      const changes = ['free', 'held', 'also free'].map((key) =>
        run(database, { steps: [update(key, 1)], answer: 0 }),
      );
      const [first, second, third] = await Promise.allSettled(changes);
      expect([first!.status, third!.status]).toEqual(['fulfilled', 'fulfilled']);
      expect(second).toMatchObject({ status: 'rejected', reason: expect.any(RowLocked) });
      await runner.rollbackTransaction();
      await runner.release();
      await holder.close();
    });

    const ROUNDS = 20;
    it('of two nodes never wait for each other in a circle', async () => {
      const other = await openDatabase(own.url);
      const names = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, '0'));
      for (const name of names) await database.write(insert(name).sql, [name]);
      // Steps over one set of rows, in one order here and in the other there.
      const count = (key: string): Step => ({
        key: 'key',
        sql: `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
              SELECT $1, '', '', 0, 0, 0, now_ms() WHERE true
              ON CONFLICT (key) DO UPDATE SET this_window = budget.this_window + 1 RETURNING key`,
        params: [key],
      });
      const change: Step['sql'] = `UPDATE budget SET last_window = last_window + 1 WHERE true AND key = $1 RETURNING key`;
      const chains: ((key: string) => Chain)[] = [
        (key) => ({ steps: [insert(randomUUID()), count(key)], answer: 1 }),
        (key) => ({ steps: [{ key: 'key', sql: change, params: [key] }], answer: 0 }),
      ];
      const all = (on: Database, order: string[]) =>
        order.flatMap((key) => chains.map((chain) => run(on, chain(key))));
      const prepare = jest.spyOn(
        PostgresDatabase.prototype as unknown as { prepare: () => unknown },
        'prepare',
      );
      for (let round = 0; round < ROUNDS; round++)
        await Promise.all([...all(database, names), ...all(other, [...names].reverse())]);
      // A circle is broken by PostgreSQL, and what it broke runs again.
      expect(prepare).toHaveBeenCalledTimes(2 * chains.length * ROUNDS);
      prepare.mockRestore();
      const [row] = await database.read<{ least: number; most: number }>(
        `SELECT min(this_window) AS least, max(this_window) AS most FROM budget WHERE key IN (${names.map((name) => `'${name}'`).join()})`,
      );
      expect(row).toEqual({ least: 2 * ROUNDS, most: 2 * ROUNDS });
      await other.close();
    });

    it('are refused when too many wait already', async () => {
      const crowd = Array.from({ length: 1_100 }, (_, n) => run(database, chainOf(String(n))));
      const outcomes = await Promise.allSettled(crowd);
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const one of refused) expect(one).toMatchObject({ reason: expect.any(DatabaseOverloaded) });
      expect(await keys()).toHaveLength(2 * (crowd.length - refused.length));
    });
  });
});
