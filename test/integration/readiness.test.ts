import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresDatabase } from '../../src/database/postgres/postgres-database';
import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database';
import { developmentSecret } from '../../src/keyring/development-secret';
import { DIALECTS, openDatabase } from '../support/databases';
import { HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { HAS_SMALL_DISK, SmallDisk } from '../support/small-disk';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

// test/support/find-programs.ts reports which suites are skipped.
const onSmallDisk = HAS_SMALL_DISK ? describe : describe.skip;
const onOwnPostgres = HAS_OWN_POSTGRES ? describe : describe.skip;
const AWAY = { code: 'CHANNEL_UNAVAILABLE' };

const probe = async (app: TestApp) => {
  const response = await fetch(`${app.url}/readyz`);
  return { status: response.status, body: (await response.json()) as { database: boolean } };
};
const untilStatus = (app: TestApp, status: number) =>
  until(async () => ((await probe(app)).status === status ? true : null));

describe.each(DIALECTS)('readyz, on %s', (dialect) => {
  it('writes only one row for any number of probes, and writes seldom', async () => {
    const app = await TestApp.start(dialect);
    const Kind = dialect === 'sqlite' ? SqliteDatabase : PostgresDatabase;
    const write = jest.spyOn(Kind.prototype, 'write');
    const answers = await Promise.all(Array.from({ length: 100 }, () => probe(app)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const database = write.mock.contexts[0] as SqliteDatabase;
    const probes = write.mock.calls.filter(([, params]) => params?.[0] === 'readiness');
    write.mockRestore();
    expect(probes.length).toBeGreaterThan(0);
    expect(probes.length).toBeLessThan(20);
    for (let count = 0; count < 3; count++) await probe(app);
    const rows = await database.read(`SELECT name, holder FROM duty WHERE name = 'readiness'`);
    expect(rows).toEqual([{ name: 'readiness', holder: '' }]);
    await app.close();
  });

  it('answers each probe with the result of a write that began after the probe', async () => {
    const app = await TestApp.start(dialect);
    const Kind = dialect === 'sqlite' ? SqliteDatabase : PostgresDatabase;
    expect((await probe(app)).status).toBe(200);
    const write = jest.spyOn(Kind.prototype, 'write').mockRejectedValue(new Error('away'));
    expect(await probe(app)).toMatchObject({ status: 503, body: { database: false } });
    write.mockRestore();
    expect((await probe(app)).status).toBe(200);
    await app.close();
  });
});

onOwnPostgres('readyz, on a PostgreSQL that became read-only', () => {
  it('is 503 until the server accepts writes again, as a standby does after its promotion', async () => {
    const server = await OwnPostgres.start();
    const app = await TestApp.on({ url: server.url(), drop: async () => undefined });
    expect((await probe(app)).status).toBe(200);
    const admin = new Client({ connectionString: server.url() });
    await admin.connect();
    const readOnly = async (value: string) => {
      await admin.query('SET default_transaction_read_only = off');
      await admin.query(`ALTER DATABASE postgres SET default_transaction_read_only = ${value}`);
      await admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'injeung'`,
      );
    };
    await readOnly('on');
    expect((await app.requestEmail('user@example.com')).errors![0]!.extensions).toMatchObject(AWAY);
    expect(await probe(app)).toMatchObject({ status: 503, body: { database: false } });
    await readOnly('off');
    await untilStatus(app, 200);
    await admin.end();
    await app.close();
    server.close();
  }, 60_000);
});

onSmallDisk('a full disk under SQLite', () => {
  let disk: SmallDisk;
  beforeEach(() => (disk = SmallDisk.mount(4)));
  afterEach(() => disk.unmount());
  const url = () => `sqlite:${join(disk.directory, 'test.sqlite')}`;

  it('is 503 at readyz as soon as requests are refused, and 200 when space is free again', async () => {
    const app = await TestApp.on({ url: url(), drop: async () => undefined });
    expect((await probe(app)).status).toBe(200);
    disk.fill();
    const refused = await until(async () => (await app.requestEmail('user@example.com')).errors ?? null);
    expect(refused[0]!.extensions).toMatchObject(AWAY);
    expect(await probe(app)).toMatchObject({ status: 503, body: { database: false } });
    disk.freeSpace();
    await untilStatus(app, 200);
    expect((await app.requestEmail('after@example.com')).errors).toBeUndefined();
    await app.close();
  });

  it('is 503 at readyz although no code is requested', async () => {
    const app = await TestApp.on({ url: url(), drop: async () => undefined });
    disk.fill();
    await untilStatus(app, 503);
    await app.close();
  });

  it('leaves no empty development secret behind, which the next start would use', async () => {
    const database = await openDatabase(url());
    await database.close();
    disk.fill();
    expect(() => developmentSecret(url())).toThrow(/^INJEUNG_SECRET: .*test\.sqlite\.secret.*ENOSPC/);
    disk.freeSpace();
    expect(developmentSecret(url()).length).toBeGreaterThan(32);
  });

  it('ends a start with a message that says so', async () => {
    disk.fill();
    await expect(openDatabase(url())).rejects.toThrow(
      /^DATABASE_URL: .*test\.sqlite(\.lock)? cannot be used: its disk is full; free space/,
    );
    disk.freeSpace();
    const database = await openDatabase(url());
    await database.close();
  });
});
