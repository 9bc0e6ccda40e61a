import { randomUUID } from 'node:crypto';
import dns from 'node:dns';
import { Client } from 'pg';
import { type Provider } from '../../src/channels/provider.types';
import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database';
import { sqlitePath } from '../../src/database/database-url';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';
import { createDatabase, DIALECTS } from '../support/databases';
import { HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { TcpProxy } from '../support/tcp-proxy';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const AWAY = { code: 'CHANNEL_UNAVAILABLE', retryAfterSeconds: 5 };
// test/support/find-programs.ts reports which suites are skipped.
const onPostgres = DIALECTS.includes('postgres') ? describe : describe.skip;
const onOwnPostgres = HAS_OWN_POSTGRES ? describe : describe.skip;

const readiness = async (app: TestApp) => (await fetch(`${app.url}/readyz`)).status;
const untilReady = (app: TestApp) => until(async () => ((await readiness(app)) === 200 ? true : null));

/** Requests a code until the service works. Every answer before that must clearly report an error. */
const untilAccepted = (app: TestApp, email: string): Promise<string> =>
  until(async () => {
    const { data, errors, headers } = await app.requestEmail(email);
    if (!errors) return data.requestEmailCode.id;
    expect(errors[0]!.extensions).toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    return null;
  });

/** The result of a look-up by a name server that cannot be reached. */
const failedLookup = ((name: string, _options: object, callback: (error: Error) => void) => {
  const details = { code: 'EAI_AGAIN', errno: -3001, syscall: 'getaddrinfo', hostname: name };
  process.nextTick(() => callback(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), details)));
}) as unknown as typeof dns.lookup;

/** A provider that keeps its messages and answers only when the test lets it. */
class HeldProvider implements Provider {
  readonly name = 'held';
  readonly channel = 'EMAIL';
  readonly sent: string[] = [];
  readonly held: (() => void)[] = [];
  hold = false;

  async send({ to }: { to: string }) {
    this.sent.push(to);
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve));
    return { providerMessageId: 'id' };
  }
}

onPostgres('PostgreSQL cutting every connection', () => {
  it('fails at most the requests in progress, with a clear error, and the server recovers by itself', async () => {
    const database = await createDatabase('postgres');
    const name = `injeung-${randomUUID()}`;
    const app = await TestApp.on({ ...database, url: `${database.url}&application_name=${name}` });
    await app.requestEmail('before@example.com');
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`;
    expect((await admin.query(cut, [name])).rowCount).toBeGreaterThan(0);
    await admin.end();
    await app.delivered(await untilAccepted(app, 'after@example.com'));
    // A claim that failed with the connection is repeated by the next poll, not by the message that was sent.
    await untilReady(app);
    await app.close();
    await database.drop();
  });
});

onOwnPostgres('PostgreSQL going away', () => {
  let server: OwnPostgres;
  let app: TestApp;
  let provider: HeldProvider;
  beforeAll(async () => (server = await OwnPostgres.start()), 60_000);
  afterAll(() => server.close());
  beforeEach(() => (provider = new HeldProvider()));
  afterEach(() => app.close());

  const start = async (port = server.port, host = '127.0.0.1') => {
    const url = `postgres://postgres@${host}:${port}/postgres?sslmode=disable`;
    const env = {
      DATABASE_POOL_SIZE: '3',
      DATABASE_CONNECT_TIMEOUT_MS: '500',
      DATABASE_STATEMENT_TIMEOUT_MS: '500',
    };
    app = await TestApp.on({ url, drop: async () => undefined }, env, { providers: { EMAIL: [provider] } });
  };

  /** The number of connections that the service has open. */
  const connections = async (): Promise<number> => {
    const admin = new Client({ connectionString: server.url() });
    await admin.connect();
    const { rows } = await admin.query<{ n: string }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = 'injeung'`,
    );
    await admin.end();
    return Number(rows[0]!.n);
  };

  it('is reported immediately, loses no accepted message, and ends without a restart', async () => {
    await start();
    provider.hold = true;
    const { id } = (await app.requestEmail('under-way@example.com')).data.requestEmailCode;
    await until(() => (provider.held.length === 1 ? true : null));
    server.down();
    expect((await app.requestEmail('refused@example.com')).errors![0]!.extensions).toMatchObject(AWAY);
    expect(await readiness(app)).toBe(503);
    const inbox = await fetch(`${app.url}/inbox/messages`);
    expect([inbox.status, await inbox.json()]).toEqual([503, { message: 'Service Unavailable' }]);
    expect(await (await fetch(`${app.url}/metrics`)).text()).toMatch(/injeung_queue_depth Nan/);
    // The provider accepts the message while the outcome cannot be recorded.
    provider.hold = false;
    provider.held.forEach((answer) => answer());
    server.up();
    await app.delivered(id, 'SENT');
    await app.delivered(await untilAccepted(app, 'after@example.com'), 'SENT');
    await untilReady(app);
    expect(provider.sent.filter((to) => to === 'under-way@example.com')).toHaveLength(1);
  });

  it('loses no message and sends none twice when only the name service fails', async () => {
    await start(server.port, 'localhost');
    provider.hold = true;
    const { id } = (await app.requestEmail('under-way@example.com')).data.requestEmailCode;
    await until(() => (provider.held.length === 1 ? true : null));
    const flap = jest.spyOn(dns, 'lookup').mockImplementation(failedLookup);
    await server.restart();
    provider.hold = false;
    provider.held.forEach((answer) => answer());
    expect((await app.requestEmail('refused@example.com')).errors![0]!.extensions).toMatchObject(AWAY);
    expect(await readiness(app)).toBe(503);
    expect(flap).toHaveBeenCalled();
    flap.mockRestore();
    await app.delivered(id, 'SENT');
    await untilReady(app);
    expect(provider.sent.filter((to) => to === 'under-way@example.com')).toHaveLength(1);
  });

  it('leaves no connection open, however often it happens', async () => {
    await start();
    for (let round = 0; round < 3; round++) {
      server.down();
      await Promise.all([1, 2, 3, 4, 5, 6].map((user) => app.requestEmail(`away-${user}@example.com`)));
      server.up();
      await app.delivered(await untilAccepted(app, `back-${round}@example.com`), 'SENT');
    }
    await Promise.all(Array.from({ length: 20 }, (_, user) => app.requestEmail(`all-${user}@example.com`)));
    expect(await connections()).toBeLessThanOrEqual(3);
    await app.stop();
    expect(await until(async () => ((await connections()) === 0 ? true : null))).toBe(true);
  });

  it('is noticed when the network drops all packets, and hanging connections are closed', async () => {
    const proxy = await TcpProxy.to('127.0.0.1', server.port);
    await start(proxy.port);
    await app.delivered((await app.requestEmail('before@example.com')).data.requestEmailCode.id, 'SENT');
    proxy.hang();
    expect(await readiness(app)).toBe(503);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, user) => app.requestEmail(`hung-${user}@example.com`)),
    );
    for (const { errors } of answers)
      expect(errors![0]!.extensions).toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
    proxy.heal();
    await app.delivered(await untilAccepted(app, 'after@example.com'), 'SENT');
    await untilReady(app);
    expect(await until(async () => ((await connections()) <= 3 ? true : null))).toBe(true);
    await app.stop();
    await proxy.close();
  });

  it('is only an error for the affected requests, also while a connection is being made', async () => {
    const proxy = await TcpProxy.to('127.0.0.1', server.port);
    await start(proxy.port);
    proxy.endWhenReady();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, user) => app.requestEmail(`met-${user}@example.com`)),
    );
    const refused = answers.flatMap(({ errors }) => errors ?? []);
    expect(refused.length).toBeGreaterThan(0);
    for (const { extensions } of refused) expect(extensions).toMatchObject({ code: 'CHANNEL_UNAVAILABLE' });
    proxy.heal();
    await app.delivered(await untilAccepted(app, 'after@example.com'), 'SENT');
    await app.stop();
    await proxy.close();
  });
});

describe('an SQLite database', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await TestApp.start('sqlite', { DATABASE_CONNECT_TIMEOUT_MS: '300' });
  });
  afterEach(() => app.close());

  it('refuses what it cannot store when the disk is full, still reads, and works again when space is free', async () => {
    const execute = jest.spyOn(SqliteDatabase.prototype, 'execute');
    const { id } = (await app.requestEmail('before@example.com')).data.requestEmailCode;
    await app.delivered(id);
    const { dataSource } = execute.mock.contexts[0] as SqliteDatabase;
    execute.mockRestore();
    const allowPages = async (pages: number) => dataSource.query(`PRAGMA max_page_count = ${pages}`);
    await allowPages(1); // SQLite treats this as "no more pages than exist now".
    const refused = await until(async () => {
      const email = `${'x'.repeat(40)}${Math.random()}@example.com`;
      return (await app.requestEmail(email)).errors?.[0]?.extensions ?? null;
    });
    expect(refused).toMatchObject(AWAY);
    expect((await app.verification(id)).delivery.status).toBe('DELIVERED');
    await allowPages(1_000_000);
    await app.delivered(await untilAccepted(app, 'after@example.com'));
  });

  it('still reads under the lock of another process, and refuses writes only after a while', async () => {
    const { id } = (await app.requestEmail('before@example.com')).data.requestEmailCode;
    await app.delivered(id);
    const other = new SqliteConnection(sqlitePath(app.database.url));
    other.exec('BEGIN IMMEDIATE');
    const waits = app.requestEmail('refused@example.com');
    expect((await app.verification(id)).status).toBe('PENDING');
    expect((await waits).errors![0]!.extensions).toMatchObject(AWAY);
    other.exec('COMMIT');
    await app.delivered(await untilAccepted(app, 'after@example.com'));
    other.exec('BEGIN IMMEDIATE');
    const patient = app.requestEmail('patient@example.com');
    await app.verification(id);
    other.exec('COMMIT');
    expect((await patient).errors).toBeUndefined();
    other.close();
  });
});
