import { type Database } from '../../src/database/database';
import { DatabaseUnavailable } from '../../src/database/database-errors';
import { query, type Transaction } from '../../src/database/statement';
import { UnstorableText } from '../../src/database/storable-text';
import { DeliveryLog } from '../../src/operations/delivery-log';
import { type RecipientVault } from '../../src/recipients/recipient-vault';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';

/**
 * Jest cannot compare SQLite's errors with `rejects.toThrow`, because the driver's error class belongs to the first
 * test file of the process.
 */
const failureOf = (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => 'none',
    (error: Error) => error.message,
  );

const INSERT = `INSERT INTO duty (name, holder, due_at) VALUES ($1, $2, 0)`;

describe.each(DIALECTS)('a transaction, on %s', (dialect) => {
  let own: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    own = await createDatabase(dialect);
    database = await openDatabase(own.url, { pool: { size: 1, connectTimeoutMs: 5_000 } });
  });
  beforeEach(() => database.write('DELETE FROM duty'));
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  const names = async () =>
    (await database.read<{ name: string }>('SELECT name FROM duty')).map(({ name }) => name);
  const fails = () => query('SELECT nonsense FROM nowhere');

  it('throws the error of a statement at its yield, so that the work can throw another error', async () => {
    const result = database.transaction(function* (): Transaction<void> {
      yield* query(INSERT, ['before', 'x']);
      try {
        yield* fails();
      } catch (error) {
        throw new Error('a better one', { cause: error });
      }
    });
    await expect(result).rejects.toThrow('a better one');
    expect(await names()).toEqual([]);
  });

  it('lets the work clean up after a failed statement', async () => {
    const steps: string[] = [];
    const result = database.transaction(function* (): Transaction<void> {
      try {
        yield* fails();
      } finally {
        steps.push('cleaned up');
      }
    });
    expect(await failureOf(result)).toMatch(/nowhere/);
    expect(steps).toEqual(['cleaned up']);
  });

  it.each([
    ['returns', function* (): Transaction<void> {}],
    ['goes on', () => query(INSERT, ['after', 'x']) as Transaction<unknown>],
  ])('is rolled back even when the work catches the error and %s', async (_what, then) => {
    let cleaned = false;
    const result = database.transaction(function* (): Transaction<string> {
      yield* query(INSERT, ['before', 'x']);
      try {
        try {
          yield* fails();
        } catch {
          yield* then();
        }
      } finally {
        cleaned = true;
      }
      return 'done';
    });
    expect(await failureOf(result)).toMatch(/nowhere/);
    expect(cleaned).toBe(true);
    expect(await names()).toEqual([]);
    await database.write(INSERT, ['next', 'x']);
    expect(await names()).toEqual(['next']);
  });

  it('reports a duplicate key to the work after the retries have failed too', async () => {
    await database.write(INSERT, ['taken', 'x']);
    const result = database.transaction(function* (): Transaction<void> {
      try {
        yield* query(INSERT, ['taken', 'x']);
      } catch {
        throw new Error('the name is taken');
      }
    });
    await expect(result).rejects.toThrow('the name is taken');
  });

  it.each(['a\0b', '\ud800', 'x\udfff'])(
    'refuses a text that cannot be stored, like other statements: %j',
    async (text) => {
      const transaction = database.transaction(() => query(INSERT, [text, 'x']));
      await expect(transaction).rejects.toBeInstanceOf(UnstorableText);
      await expect(database.write(INSERT, ['name', text])).rejects.toBeInstanceOf(UnstorableText);
      await expect(database.read('SELECT name FROM duty WHERE name = $1', [text])).rejects.toBeInstanceOf(
        UnstorableText,
      );
      expect(await names()).toEqual([]);
    },
  );

  it('stores every other text unchanged', async () => {
    const texts = ['\uffff', '😀', '\u202e\u200f', '\u0001\u007f', '', "'; --", '\\x00', 'e\u0301'];
    for (const [index, text] of texts.entries()) await database.write(INSERT, [String(index), text]);
    const rows = await database.read<{ holder: string }>('SELECT holder FROM duty ORDER BY name');
    expect(rows.map(({ holder }) => holder)).toEqual(texts);
  });
});

const onPostgres = DIALECTS.includes('postgres') ? describe : describe.skip;

onPostgres('PostgreSQL', () => {
  let own: TestDatabase;
  beforeEach(async () => (own = await createDatabase('postgres')));
  afterEach(() => own.drop());

  it('reports DatabaseUnavailable instead of a bug after it was closed', async () => {
    const database = await openDatabase(own.url);
    await database.close();
    await expect(database.read('SELECT 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
  });

  it('prepares one statement for pages of every size', async () => {
    const database = await openDatabase(own.url, { pool: { size: 1, connectTimeoutMs: 5_000 } });
    const vault = { key: () => 'key', open: () => null } as unknown as RecipientVault;
    const log = new DeliveryLog(database, vault);
    const prepared = async () =>
      (await database.read<{ n: number }>('SELECT count(*) AS n FROM pg_prepared_statements'))[0]!.n;
    const position = { verification: { at: 1, id: 'x' }, delivery: null };
    const pages = async (first: number) => {
      for (const after of [null, position])
        for (const filter of [{}, { status: 'SENT' as const }]) await log.page(filter, first, after);
    };
    await pages(1);
    const before = await prepared();
    for (let first = 2; first <= 20; first++) await pages(first);
    expect(await prepared()).toBe(before);
    await database.close();
  });
});
