import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, DIALECTS, type TestDatabase } from '../support/databases';
import { FakeSes } from '../support/fake-ses';
import { buildProgram, type ProcessOptions, ServerProcess } from '../support/server-process';
import { TcpProxy } from '../support/tcp-proxy';
import { until } from '../support/until';

/** The contract allows 15 seconds after SHUTDOWN_DELAY_SECONDS. The rest is a margin for a slow machine. */
const LIMIT_MS = 20_000;
const EMAIL = { EMAIL_PROVIDER: 'ses', EMAIL_FROM: 'verify@example.com' };
// test/support/find-programs.ts reports which suites are skipped.
const onPostgres = DIALECTS.includes('postgres') ? describe : describe.skip;

let cwd: string;
let servers: ServerProcess[];
let ses: FakeSes;
beforeAll(buildProgram, 180_000);
beforeEach(async () => {
  ses = await FakeSes.start();
  cwd = mkdtempSync(join(tmpdir(), 'injeung-'));
  servers = [];
});
afterEach(async () => {
  await ses.close();
  servers.forEach((server) => server.kill());
  rmSync(cwd, { recursive: true, force: true });
});

async function start(options: Partial<ProcessOptions> = {}): Promise<ServerProcess> {
  const server = await ServerProcess.start({ cwd, ...options });
  servers.push(server);
  return server;
}

const request = (email: string) => `mutation { requestEmailCode(input: { email: "${email}" }) { id } }`;

/** A client that begins a request and never completes it. */
async function holdRequestOpen(server: ServerProcess): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
  );
}

describe.each(DIALECTS)('the stop on %s', (dialect) => {
  let url: string;
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase(dialect);
    ({ url } = database);
  });
  afterEach(() => database.drop());

  it('answers readyz with 503 immediately and requests until the delay is over, and ends with status 0', async () => {
    const server = await start({ env: { DATABASE_URL: url, SHUTDOWN_DELAY_SECONDS: '3' } });
    server.signal('SIGTERM');
    await until(async () => ((await server.status('/readyz')) === 503 ? true : null));
    expect((await server.gql('{ __typename }')).data).toEqual({ __typename: 'Query' });
    expect(await server.endsWithin(3_000 + LIMIT_MS)).toMatchObject({ status: 0 });
  });

  it('ends with status 0 and releases unsent messages while a provider hangs and a client keeps a request open', async () => {
    ses.answerAlways({ delayMs: 120_000 });
    const env = {
      DATABASE_URL: url,
      ...EMAIL,
      ...ses.environment,
      SEND_TIMEOUT_MS: '10000',
      SEND_CONCURRENCY: '1',
    };
    const server = await start({ env: { ...env, REQUEST_TIMEOUT_MS: '120000' } });
    await holdRequestOpen(server);
    for (const user of [1, 2, 3])
      expect((await server.gql(request(`user-${user}@example.com`))).errors).toBeUndefined();
    server.signal('SIGTERM');
    expect(await server.endsWithin(LIMIT_MS)).toMatchObject({ status: 0 });
    // No message was lost: another server sends all of them.
    ses.answerAlways(null);
    const another = await start({ env });
    await until(() => (new Set(ses.messages.map(({ to }) => to)).size === 3 ? true : null));
    another.signal('SIGTERM');
    await another.endsWithin(LIMIT_MS);
  }, 90_000);

  it.each(['SIGTERM', 'SIGINT'] as const)('ends immediately at a second signal (%s)', async (signal) => {
    const server = await start({ env: { DATABASE_URL: url, SHUTDOWN_DELAY_SECONDS: '300' } });
    server.signal('SIGTERM');
    await until(async () => ((await server.status('/readyz')) === 503 ? true : null));
    server.signal(signal);
    expect(await server.endsWithin(5_000)).toMatchObject({ status: 1 });
  });
});

onPostgres('the stop while PostgreSQL hangs', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let env: Record<string, string>;
  beforeEach(async () => {
    database = await createDatabase('postgres');
    proxy = await TcpProxy.toPostgres(database.url);
    env = { DATABASE_URL: proxy.urlOf(database.url), DATABASE_STATEMENT_TIMEOUT_MS: '600000' };
  });
  afterEach(async () => {
    servers.forEach((server) => server.kill());
    await proxy.close();
    await database.drop();
  });

  it('ends with status 0 in time during requests, claims and duties, and answers readyz with 503 immediately', async () => {
    const server = await start({ env: { ...env, SHUTDOWN_DELAY_SECONDS: '2' } });
    proxy.hang();
    const waiting = [1, 2, 3].map((user) =>
      server.gql(request(`user-${user}@example.com`)).catch(() => null),
    );
    server.signal('SIGTERM');
    await until(() => (server.stdout.includes('stopping') ? true : null));
    const asked = performance.now();
    expect(await server.status('/readyz')).toBe(503);
    expect(performance.now() - asked).toBeLessThan(1_500);
    expect(await server.endsWithin(2_000 + LIMIT_MS)).toMatchObject({ status: 0 });
    await Promise.all(waiting);
  }, 60_000);

  it('ends a start that has not finished', async () => {
    proxy.hang();
    const server = await ServerProcess.spawn({ cwd, env });
    servers.push(server);
    await until(() => (proxy.connections > 0 ? true : null));
    server.signal('SIGTERM');
    expect(await server.endsWithin(2_500)).toMatchObject({ status: 0 });
  });

  it('ends with status 0 in time when a message was sent but its outcome cannot be recorded', async () => {
    ses.answerAlways({ delayMs: 500 });
    const server = await start({ env: { ...env, ...EMAIL, ...ses.environment } });
    await server.gql(request('user@example.com'));
    await until(() => (ses.calls.length > 0 ? true : null));
    proxy.hang();
    server.signal('SIGTERM');
    expect(await server.endsWithin(LIMIT_MS)).toMatchObject({ status: 0 });
  }, 60_000);
});

it('the stop ends although a call of the operating system hangs', async () => {
  // Opening a FIFO without a writer blocks a thread of libuv's pool forever, as a DNS look-up can for a long time.
  const fifo = `mkfifo fifo; echo 'require("fs").open("fifo", () => {})' >hang.cjs`;
  const server = await start({ shell: fifo, env: { NODE_OPTIONS: '--require ./hang.cjs' } });
  server.signal('SIGTERM');
  expect(await server.endsWithin(LIMIT_MS)).toMatchObject({ signal: 'SIGTERM' });
});
