import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, DIALECTS, type TestDatabase } from '../support/databases';
import { freePort, HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { buildProgram, ServerProcess } from '../support/server-process';
import { SilentServer } from '../support/silent-server';
import { TcpProxy } from '../support/tcp-proxy';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';

/** The contract allows 5 seconds. The rest is a margin for a slow machine. */
const LIMIT_MS = 12_000;
const SECRET = 'a master secret that is long enough for it';
// test/support/find-programs.ts reports which suites are skipped.
const onOwnPostgres = HAS_OWN_POSTGRES ? describe : describe.skip;

let cwd: string;
beforeAll(buildProgram, 180_000);
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'injeung-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** Starts the server and expects it to end by itself with one line that names the setting. */
async function failsNaming(setting: string, env: Record<string, string>, status = 1): Promise<string> {
  const server = await ServerProcess.spawn({ cwd, env });
  const ending = await server.endsWithin(LIMIT_MS);
  expect(ending).toMatchObject({ status, signal: null });
  const message = ending.stderr.split('\n').find((line) => line.startsWith('injeung: '));
  expect(message).toContain(setting);
  // There is no stack trace, and the server was not ready for a while first.
  expect(ending.stderr).not.toMatch(/^\s+at /m);
  expect(server.stdout).not.toContain('overload');
  return message!;
}

describe.each(DIALECTS)('a start on %s that fails', (dialect) => {
  let url: string;
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase(dialect);
    ({ url } = database);
  });
  afterEach(() => database.drop());

  it('names PORT when another program uses the port, and succeeds once that program has ended', async () => {
    const other = await SilentServer.start();
    const PORT = String(other.port);
    const env = { DATABASE_URL: url, PORT, INJEUNG_SECRET: SECRET };
    expect(await failsNaming('PORT: ', env)).toContain(PORT);
    await other.close();
    const server = await ServerProcess.start({ cwd, env });
    server.signal('SIGTERM');
    expect((await server.endsWithin(LIMIT_MS)).status).toBe(0);
  });

  it.each(['192.0.2.1', 'no-such-host.invalid', '2001:db8::1'])('names HOST when it is %s', async (host) => {
    expect(await failsNaming('HOST: ', { DATABASE_URL: url, HOST: host })).toContain(host);
  });

  it('names INJEUNG_SECRET when it is not the secret of this database', async () => {
    const server = await ServerProcess.start({ cwd, env: { DATABASE_URL: url, INJEUNG_SECRET: SECRET } });
    server.signal('SIGTERM');
    await server.endsWithin(LIMIT_MS);
    await failsNaming('INJEUNG_SECRET', { DATABASE_URL: url, INJEUNG_SECRET: `another: ${SECRET}` }, 2);
  });
});

describe('a start on SQLite that fails', () => {
  it.each([
    ['is below a file', 'sqlite:file/injeung.sqlite'],
    ['is a directory', 'sqlite:directory'],
    ['is not a database', 'sqlite:file'],
  ])('names DATABASE_URL when the path %s', async (_case, url) => {
    writeFileSync(join(cwd, 'file'), 'this text is not a database, and it is long enough to be read as one');
    mkdirSync(join(cwd, 'directory'));
    await failsNaming('DATABASE_URL: ', { DATABASE_URL: url, INJEUNG_SECRET: SECRET });
  });

  it('names DATABASE_URL when another process has locked the database', async () => {
    const other = new SqliteConnection(join(cwd, 'locked.sqlite'));
    other.exec('CREATE TABLE one (id INTEGER); BEGIN EXCLUSIVE');
    await failsNaming('DATABASE_URL: ', { DATABASE_URL: 'sqlite:locked.sqlite', INJEUNG_SECRET: SECRET });
    other.close();
  });

  it('names INJEUNG_SECRET when the secret beside the database cannot be read', async () => {
    mkdirSync(join(cwd, 'x.sqlite.secret'));
    await failsNaming('INJEUNG_SECRET: ', { DATABASE_URL: 'sqlite:x.sqlite' });
  });
});

describe('a start without PostgreSQL', () => {
  it('names DATABASE_URL when no server listens at its address', async () => {
    const url = `postgres://user:hidden-password@127.0.0.1:${await freePort()}/injeung`;
    const message = await failsNaming('DATABASE_URL: ', { DATABASE_URL: url });
    expect(message).toContain('ECONNREFUSED');
    expect(message).not.toContain('hidden-password');
  });

  it('names DATABASE_URL when the host does not exist', async () => {
    const message = await failsNaming('DATABASE_URL: ', {
      DATABASE_URL: 'postgres://no-such-host.invalid/x',
    });
    expect(message).toMatch(/no-such-host\.invalid/);
  });

  it('names DATABASE_URL when the server accepts the connection but never answers', async () => {
    const { port } = await SilentServer.start();
    const env = { DATABASE_URL: `postgres://127.0.0.1:${port}/x`, DATABASE_CONNECT_TIMEOUT_MS: '60000' };
    await failsNaming('DATABASE_URL: ', env);
  });
});

onOwnPostgres('a start on PostgreSQL that fails', () => {
  let postgres: OwnPostgres;
  beforeAll(async () => (postgres = await OwnPostgres.start()), 60_000);
  afterAll(() => postgres.close());

  it.each([
    ['the database does not exist', 'postgres', 'no_such_database', ''],
    ['the user does not exist', 'no_such_user', 'postgres', ''],
    ['the schema does not exist', 'postgres', 'postgres', '?schema=no_such_schema'],
    ['the server offers no TLS', 'postgres', 'postgres', '?sslmode=require'],
  ])('names DATABASE_URL when %s', async (_case, user, database, parameters) => {
    const url = `postgres://${user}@127.0.0.1:${postgres.port}/${database}${parameters}`;
    await failsNaming('DATABASE_URL: ', { DATABASE_URL: url });
  });

  it('names DATABASE_URL when the server stops answering during the migrations', async () => {
    const proxy = await TcpProxy.toPostgres(postgres.url());
    proxy.hangAfter(Buffer.from('CREATE TABLE "migrations"'));
    const url = proxy.urlOf(postgres.url());
    await failsNaming('DATABASE_URL: ', { DATABASE_URL: url, DATABASE_STATEMENT_TIMEOUT_MS: '600000' });
  });

  it('ends in time when the port is in use and the database stops answering meanwhile', async () => {
    const proxy = await TcpProxy.toPostgres(postgres.url());
    const { port } = await SilentServer.start();
    proxy.hangAfter(Buffer.from('keyring'));
    const env = { DATABASE_URL: proxy.urlOf(postgres.url()), PORT: String(port) };
    const server = await ServerProcess.spawn({ cwd, env });
    const ending = await server.endsWithin(LIMIT_MS);
    expect(ending.status).toBe(1);
    expect(ending.stderr).toMatch(/injeung: (PORT|DATABASE_URL): /);
  });
});
