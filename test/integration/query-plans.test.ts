import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type SqlValue } from '../../src/database/statement';
import { PostgresDatabase } from '../../src/database/postgres/postgres-database';
import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database';
import { createDatabase, type Dialect, DIALECTS, openDatabase } from '../support/databases';
import { FakeReceiver } from '../support/fake-receiver';
import { FakeSens } from '../support/fake-sens';
import { ManualClock } from '../support/manual-clock';
import { ADMIN_KEY, TestApp } from '../support/test-app';
import { until } from '../support/until';

/** Tables that grow with use. No statement may read one of them completely. */
const GROWING = [
  'verification',
  'delivery',
  'send',
  'event',
  'refusal',
  'budget',
  'inbox_message',
  'audit_entry',
];
/** These read all events that wait, on purpose: once at the start, and for /metrics. */
const READS_ALL_EVENTS = [
  'UPDATE event SET due_at = now_ms() WHERE lease_owner IS NOT NULL',
  'SELECT count(*) AS count, min(created_at) AS oldest, now_ms() AS now FROM event',
];
/** Enough rows for PostgreSQL's planner to prefer an index by its own estimate. */
const ROWS = 20_000;

type Statements = Map<string, readonly SqlValue[]>;

/** Records every statement that the service runs from now on, with its latest parameters. */
function record(statements: Statements): void {
  const keep = (sql: string, params: readonly SqlValue[]) => {
    if (GROWING.some((table) => new RegExp(`\\b${table}\\b`).test(sql))) statements.set(sql, params);
  };
  const sqlite = SqliteDatabase.prototype as unknown as Record<'runStatement', (...args: any[]) => unknown>;
  const runStatement = sqlite.runStatement;
  jest.spyOn(sqlite, 'runStatement').mockImplementation(function (this: unknown, sql, params) {
    keep(sql, params);
    return runStatement.call(this, sql, params);
  });
  const postgres = PostgresDatabase.prototype as unknown as Record<'prepare', (...args: any[]) => unknown>;
  const prepare = postgres.prepare;
  jest.spyOn(postgres, 'prepare').mockImplementation(function (this: unknown, statement) {
    keep(statement.sql, statement.params);
    return prepare.call(this, statement);
  });
}

/** Does everything once that users, operators and the passing of time do. */
async function useEverything(dialect: Dialect): Promise<TestApp> {
  const sens = await FakeSens.start();
  const receiver = await FakeReceiver.start();
  const clock = new ManualClock(Date.now());
  const limits = { RECIPIENT_HOURLY_LIMIT: '50', RECIPIENT_DAILY_GUESSES: '20', IP_HOURLY_LIMIT: '100' };
  const PURPOSES_FILE = join(mkdtempSync(join(tmpdir(), 'purposes-')), 'purposes.yaml');
  writeFileSync(PURPOSES_FILE, 'purposes: { login: { recipientDailyLimit: 5 } }');
  const env = {
    PURPOSES_FILE,
    SMS_PROVIDER: 'sens',
    ...sens.environment,
    ...receiver.environment,
    ...limits,
    RESEND_COOLDOWN_SECONDS: '1',
  };
  const app = await TestApp.start(dialect, env, { clock, dutyPollMs: 50, eventPollMs: 50 });
  const idempotencyKey = 'key';
  const { id } = (await app.requestEmail('user@example.com', { idempotencyKey })).data.requestEmailCode;
  await app.requestEmail('user@example.com', { idempotencyKey });
  await app.requestEmail('other@example.com', { purpose: 'login' });
  const code = await app.codeFor('user@example.com');
  clock.advance(1);
  await app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
  await app.requestEmail('user@example.com'); // The cooldown refuses it, and the reason is read.
  await app.verify(id, TestApp.wrong(code));
  const { proof } = (await app.verify(id, code)).data.verifyCode;
  await app.verify(id, code);
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  await app.gql(
    `mutation ($token: String!) { consumeProof(token: $token) { accepted } }`,
    { token: proof },
    headers,
  );
  const sms = (await app.requestSms('01012345678')).data.requestSmsCode.id;
  await until(async () => {
    clock.advance(2); // Receipts are due by the database's clock.
    return (await app.verification(sms)).delivery.status === 'DELIVERED' ? true : null;
  });
  await app.gql(`mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }`, { id: sms });
  await app.inbox();
  await fetch(`${app.url}/metrics`);
  const log = `query ($filter: DeliveryFilter, $after: String) {
    deliveries(filter: $filter, first: 1, after: $after) { pageInfo { endCursor } } }`;
  for (const filter of [{}, { recipient: 'user@example.com' }]) {
    const page = await app.gql(log, { filter }, headers);
    await app.gql(log, { filter, after: page.data.deliveries.pageInfo.endCursor }, headers);
  }
  const entries = await app.gql(`{ auditLog(first: 1) { pageInfo { endCursor } } }`, {}, headers);
  const next = `query ($after: String) { auditLog(first: 1, after: $after) { pageInfo { endCursor } } }`;
  const { endCursor } = entries.data.auditLog.pageInfo;
  await app.gql(next, { after: endCursor }, headers);
  const filtered = `query ($filter: AuditLogFilter, $after: String) {
    auditLog(filter: $filter, first: 1, after: $after) { pageInfo { endCursor } } }`;
  const span = { from: '2020-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z' };
  for (const one of [{ actor: 'x' }, { action: 'x' }, { recipient: 'user@example.com' }, span])
    for (const after of [null, endCursor]) await app.gql(filtered, { filter: one, after }, headers);
  const erase = `mutation { eraseRecipient(input: { email: "user@example.com" }) { verifications } }`;
  await app.gql(erase, {}, headers);
  await until(async () => {
    clock.advance(600);
    return app.log.some((line) => line.includes('expired rows were deleted')) ? true : null;
  });
  await sens.close();
  rmSync(dirname(PURPOSES_FILE), { recursive: true });
  return app;
}

/** Adds a year of use, so that the planner's statistics decide for or against the indexes. */
async function fill(url: string): Promise<void> {
  const database = await openDatabase(url);
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})`;
  const id = `'zzzzzz' || i`; // The keys are after every key of the service, so that the ranges of its statements stay small.
  const time = `now_ms() - cast(i AS bigint) * 60000`;
  for (const insert of [
    `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, status, attempts_remaining,
       created_at, expires_at, request_key)
     ${numbers} SELECT ${id}, 'EMAIL', 'sign-up', 'ko', 'x', ${id}, 'VERIFIED', 4, ${time}, ${time}, ${id} FROM n`,
    `INSERT INTO delivery (id, verification_id, channel, status, attempts, rounds, ruled_out, receipt_checks, created_at,
       expires_at, updated_at, due_at, receipt_due_at)
     ${numbers} SELECT ${id}, ${id}, 'EMAIL', 'SENT', 1, 0, '', 0, ${time}, ${time}, ${time},
       CASE WHEN i < 50 THEN now_ms() END, CASE WHEN i < 50 THEN now_ms() END FROM n`,
    `INSERT INTO send (delivery_id, number, provider, result, detail, ended_at, receipt_due_at, receipt_checks)
     ${numbers} SELECT ${id}, 1, 'sens', 'ACCEPTED', '', ${time}, CASE WHEN i < 50 THEN now_ms() END, 0 FROM n`,
    `INSERT INTO event (id, type, verification_id, status, due_at, created_at)
     ${numbers} SELECT ${id}, 'verification.verified', ${id}, 'VERIFIED', now_ms() + 3600000, ${time} FROM n`,
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     ${numbers} SELECT ${id}, '', '', 0, 0, 0, ${time} FROM n`,
    `INSERT INTO inbox_message (id, verification_id, recipient_key, sent_at)
     ${numbers} SELECT ${id}, ${id}, ${id}, ${time} FROM n`,
    `INSERT INTO refusal (recipient_key, hour, channel, reason, count, last_at)
     ${numbers} SELECT ${id}, ${time}, 'EMAIL', 'x', 1, ${time} FROM n`,
    `INSERT INTO audit_entry (id, at, actor, action, outcome)
     ${numbers} SELECT ${id}, ${time}, 'server', 'x', 'OK' FROM n`,
  ])
    await database.write(insert);
  for (const table of GROWING) await database.dataSource.query(`ANALYZE ${table}`);
  await database.close();
}

describe.each(DIALECTS)('query plans, on %s', (dialect) => {
  const statements: Statements = new Map();
  let app: TestApp;

  beforeAll(async () => {
    record(statements);
    app = await useEverything(dialect);
    await app.stop();
    jest.restoreAllMocks();
    await fill(app.database.url);
  }, 120_000);
  afterAll(() => app.close());

  it('are checked for every hot statement', () => {
    const texts = [...statements.keys()].join('\n');
    for (const part of [
      'INSERT INTO verification',
      'INSERT INTO delivery',
      'INSERT INTO budget',
      'UPDATE verification SET attempts_remaining',
      'UPDATE verification SET proof_consumed_at',
      'UPDATE delivery SET lease_owner',
      'UPDATE delivery SET receipt_due_at',
      'INSERT INTO event',
      'UPDATE event SET lease_owner',
      'DELETE FROM event WHERE id',
      'FROM verification WHERE request_key',
      'DELETE FROM verification WHERE id IN',
      'FROM verification WHERE recipient_key IN',
      'DELETE FROM budget WHERE key >',
      'LEFT JOIN budget',
      'v JOIN delivery d',
      'FROM audit_entry',
      'INSERT INTO audit_entry',
      'DELETE FROM audit_entry',
      'WHERE recipient_key = $1 AND at <= $2',
    ])
      expect(texts).toContain(part);
  });

  it('never read a growing table completely', async () => {
    const database = await openDatabase(app.database.url);
    const plan = dialect === 'sqlite' ? sqlitePlan : postgresPlan;
    const scans: string[] = [];
    for (const [sql, params] of statements) {
      if (READS_ALL_EVENTS.includes(sql)) continue;
      const read = async (text: string, values: readonly SqlValue[]) =>
        database.dataSource.query<Record<string, unknown>[]>(text, [...values]);
      for (const scan of await plan(read, sql, params)) scans.push(`${scan}: ${sql}`);
    }
    await database.close();
    expect(scans).toEqual([]);
  });
});

/**
 * PostgreSQL plans a prepared statement when it is new and keeps the plan, so the plan made for empty tables must be
 * the right one. test/support/find-programs.ts reports which suites are skipped.
 */
(DIALECTS.includes('postgres') ? describe : describe.skip)('plans made on an empty database', () => {
  it('use an index', async () => {
    const statements: Statements = new Map();
    record(statements);
    const app = await useEverything('postgres');
    await app.close();
    jest.restoreAllMocks();
    const empty = await createDatabase('postgres');
    const database = await openDatabase(empty.url);
    const chains = [...statements.keys()].filter((sql) => /^\s*WITH \w+ AS MATERIALIZED/.test(sql));
    expect(chains.length).toBeGreaterThanOrEqual(3);
    for (const sql of chains) {
      const runner = database.dataSource.createQueryRunner();
      await runner.query(`PREPARE kept AS ${sql.replaceAll('now_ms()', '(0::bigint)')}`);
      const nulls = [...sql.matchAll(/\$\d+::/g)].map(() => 'NULL').join();
      const [row] = await runner.query(`EXPLAIN (FORMAT JSON) EXECUTE kept(${nulls})`);
      await runner.query('DEALLOCATE kept');
      await runner.release();
      expect(withoutLookUp(row['QUERY PLAN'][0].Plan)).toEqual([]);
    }
    await database.close();
    await empty.drop();
  });

  /** The steps of a plan that read a growing table without a key. */
  function withoutLookUp(step: any): string[] {
    const reads = step['Node Type'] !== 'ModifyTable' && GROWING.includes(step['Relation Name']);
    const own = reads && !step['Index Cond'] ? [`${step['Node Type']} on ${step['Relation Name']}`] : [];
    return [...own, ...(step.Plans ?? []).flatMap(withoutLookUp)];
  }
});

type Read = (text: string, values: readonly SqlValue[]) => Promise<Record<string, unknown>[]>;

/**
 * The steps that read more than an index look-up or a range. Reading a whole partial index also counts as a look-up,
 * because the index contains only the queue. So does reading an index from its end with a LIMIT.
 */
async function sqlitePlan(read: Read, sql: string, params: readonly SqlValue[]): Promise<string[]> {
  const literal = (value: SqlValue) =>
    typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  const text = sql
    .replaceAll('now_ms()', String(Date.now()))
    .replace(/\$(\d+)/g, (_, number) => literal(params[number - 1] ?? null));
  const steps = (await read(`EXPLAIN QUERY PLAN ${text}`, [])).map(({ detail }) => String(detail));
  const tables = [...GROWING, 'v', 'd', 'b', 'latest'].join('|');
  const window = steps.some((step) => /^(CO-ROUTINE|MATERIALIZE) v$/.test(step)); // The LIMIT bounds it.
  return steps.filter(
    (step) =>
      new RegExp(`^SCAN (${tables})\\b`).test(step) &&
      !(window && step === 'SCAN v') &&
      !/USING (COVERING )?INDEX (delivery_due|delivery_receipt_due|inbox_message_sent)$/.test(step) &&
      !(/ LIMIT /.test(sql) && /USING INDEX (verification_created|audit_entry_at)$/.test(step)),
  );
}

/** PostgreSQL's clock, as the server writes it. It must be there, because an index condition cannot contain it. */
const CLOCK = '((extract(epoch from clock_timestamp()) * 1000)::bigint)';

/**
 * The steps that read a whole table, or a whole index because its rows are compared with a clock that the planner cannot
 * compute once.
 */
async function postgresPlan(read: Read, sql: string, params: readonly SqlValue[]): Promise<string[]> {
  const text = sql.replaceAll('now_ms()', CLOCK);
  const [row] = await read(`EXPLAIN (FORMAT JSON) ${text}`, params);
  const found = (step: any): string[] => {
    const table = step['Relation Name'];
    const isWhole = !step['Index Cond'] && GROWING.includes(table);
    const isCompared = isWhole && /clock_timestamp/.test(step.Filter ?? '');
    const own =
      isWhole && (step['Node Type'] === 'Seq Scan' || isCompared) ? [`${step['Node Type']} on ${table}`] : [];
    return [...own, ...(step.Plans ?? []).flatMap(found)];
  };
  return found((row!['QUERY PLAN'] as any)[0].Plan);
}
