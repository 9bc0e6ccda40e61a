import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';
import { ADMIN_KEY } from '../support/test-app';
import { buildProgram, ServerProcess } from '../support/server-process';

const JANUARY = Date.parse('2026-01-01T00:00:00Z');
const HOUR_MS = 3_600_000;
/** More than two pages of the export. */
const ROWS = 1_200;

beforeAll(buildProgram, 120_000);

describe.each(DIALECTS)('audit-export, on %s', (dialect) => {
  let database: TestDatabase;
  let cwd: string;
  beforeEach(async () => {
    database = await createDatabase(dialect);
    cwd = mkdtempSync(join(tmpdir(), 'injeung-'));
  });
  afterEach(async () => {
    rmSync(cwd, { recursive: true, force: true });
    await database.drop();
  });

  const run = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [ServerProcess.program, 'audit-export', ...args], {
      cwd,
      env: { PATH: process.env.PATH!, DATABASE_URL: database.url, ...env },
      encoding: 'utf8',
    });
  const exported = (...args: string[]): any[] => {
    const { status, stdout, stderr } = run(args);
    expect([status, stderr]).toEqual([0, '']);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  const execute = async (sql: string) => {
    const opened = await openDatabase(database.url);
    await opened.write(sql);
    await opened.close();
  };
  /** One entry for each hour of 2026 from its beginning. Three of them have the same time. */
  const fill = () =>
    execute(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS - 1})
       INSERT INTO audit_entry (id, at, actor, action, target, outcome, detail)
       SELECT 'row-' || i, ${JANUARY} + (i - i % 3) * cast(${HOUR_MS} AS bigint), 'kim', 'setDkimSigning', 'example.com', 'OK', NULL FROM n`,
    );

  it('prints every entry once, oldest first, beside a running server, and is recorded', async () => {
    await fill();
    const env = { DATABASE_URL: database.url, ADMIN_API_KEYS: `kim:${ADMIN_KEY}` };
    const server = await ServerProcess.start({ cwd, env });
    const admin = async (query: string) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` },
        body: JSON.stringify({ query }),
      });
      return ((await response.json()) as any).data;
    };
    await admin(`{ refusals(recipient: "user@example.com") { edges { cursor } } }`);
    const entries = exported();
    expect(entries).toHaveLength(ROWS + 1);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    const times = entries.map(({ at }) => at);
    expect([...times].sort()).toEqual(times);
    expect(entries[0]).toEqual({
      id: 'row-0',
      at: '2026-01-01T00:00:00.000Z',
      lastAt: '2026-01-01T00:00:00.000Z',
      count: 1,
      actor: 'kim',
      address: null,
      action: 'setDkimSigning',
      target: 'example.com',
      recipientKey: null,
      outcome: 'OK',
      detail: null,
    });
    const read = entries.find(({ action }) => action === 'refusals');
    expect(read).toMatchObject({ actor: 'kim', address: '127.0.0.1', count: 1, target: null });
    expect(read.recipientKey).toMatch(/^[\w-]{22}$/);
    const { auditLog } = await admin(
      `{ auditLog(filter: { actor: "cli" }) { edges { node { action address outcome detail } } } }`,
    );
    expect(auditLog.edges).toEqual([
      {
        node: {
          action: 'audit-export',
          address: null,
          outcome: 'OK',
          detail: expect.stringMatching(/^all to \d{4}-\S+Z, by \S/),
        },
      },
    ]);
    server.signal('SIGTERM');
    expect((await server.endsWithin(20_000)).status).toBe(0);
  }, 60_000);

  it('prints the entries of days and of times, whose end is not part of them', async () => {
    await fill();
    const hours = (...args: string[]) => exported(...args).map(({ id }) => Number(id.slice('row-'.length)));
    const day = hours('--from', '2026-01-02', '--to', '2026-01-02');
    expect([day[0], day.at(-1), day.length]).toEqual([24, 47, 24]);
    expect(hours('--from', '2026-01-02T00:00:00Z', '--to', '2026-01-03T00:00:00Z')).toEqual(day);
    expect(hours('--from', '2026-01-02T09:00:00+09:00', '--to', '2026-01-03T09:00+09:00')).toEqual(day);
    expect(hours('--to', '2025-12-31')).toEqual([]);
    // The time of the database ends the export, and the entry of the export itself is later.
    expect(exported('--from', '2026-01-01', '--to', '9999-12-30').length).toBeGreaterThan(ROWS);
  }, 60_000);

  it.each([
    [['--from', 'yesterday'], /--from must be a date/],
    [['--from', ''], /--from must be a date/],
    [['--to', '2026-02-30'], /--to must be a date/],
    [['--to', '2026-13-01'], /--to must be a date/],
    [['--from', '20260101'], /--from must be a date/],
    [['--from', '2026-01-01T00:00:00'], /--from must be a date.*with a zone/],
    [['--from', '2026-02-30T00:00:00Z'], /--from must be a date/],
    [['--from', '2026-01-01T25:00:00Z'], /--from must be a date/],
    [['--from', '2026-01-02', '--to', '2026-01-01'], /--to must be after --from/],
    [['--from', '2026-01-02T00:00:00Z', '--to', '2026-01-02T00:00:00Z'], /--to must be after --from/],
    [['--since', '2026-01-01'], /unknown option/],
    [['2026-01-01'], /too many arguments/],
  ])('exits with status 2 when it is misused: %j', (args, message) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('exits with status 2 when the settings cannot be used', () => {
    const { status, stderr } = run([], { DATABASE_URL: 'mysql://example.com' });
    expect(status).toBe(2);
    expect(stderr).toContain('DATABASE_URL: ');
  });

  it('refuses a database that lacks migrations, and does not apply them', async () => {
    await execute(`DELETE FROM migrations WHERE name = 'RecordReads1764650000000'`);
    const { status, stdout, stderr } = run([]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/does not have the tables of this version yet; start the server of this version/);
  });

  it('ends without a stack trace when the reader of its output ends early', async () => {
    await fill();
    const ended = spawnSync(
      '/bin/sh',
      ['-c', `"$0" "$1" audit-export | head -n 1`, process.execPath, ServerProcess.program],
      { cwd, env: { PATH: process.env.PATH!, DATABASE_URL: database.url }, encoding: 'utf8' },
    );
    expect(ended.stdout.split('\n')).toHaveLength(2);
    expect(ended.stderr).not.toContain('    at ');
  });
});

it('audit-export neither creates a database nor a secret', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'injeung-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [ServerProcess.program, 'audit-export'], {
    cwd,
    env: { PATH: process.env.PATH! },
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/injeung\.sqlite does not have the tables of this version yet; start the server/);
  expect(existsSync(join(cwd, 'data'))).toBe(false);
  rmSync(cwd, { recursive: true });
});
