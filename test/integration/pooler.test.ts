import { Client } from 'pg';
import { SCHEMA as TABLES } from '../../src/app/schema';
import { type Finding } from '../../src/doctor/check';
import { databaseCheck } from '../../src/doctor/database.check';
import { readConfig } from '../../src/config/config';
import { HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { HAS_PGBOUNCER, PgBouncer } from '../support/pgbouncer';
import { TestApp } from '../support/test-app';
import { openDatabase } from '../support/databases';

// test/support/find-programs.ts reports which suites are skipped.
const withPooler = HAS_OWN_POSTGRES && HAS_PGBOUNCER ? describe : describe.skip;
const onOwnPostgres = HAS_OWN_POSTGRES ? describe : describe.skip;

const SCHEMA = '?schema=Injeung';
const SECRET = 'the master secret of the test suite is long enough';
/** A small number of server connections, which the clients of PgBouncer have to share. */
const SHARED = ['default_pool_size = 3', 'max_client_conn = 50'];

const examine = (DATABASE_URL: string): Promise<Finding[]> =>
  databaseCheck(readConfig({ DATABASE_URL, INJEUNG_SECRET: SECRET }), TABLES).run();

withPooler('PgBouncer before PostgreSQL', () => {
  let server: OwnPostgres;
  let pooler: PgBouncer;
  let admin: Client;

  beforeAll(async () => {
    server = await OwnPostgres.start();
    admin = new Client({ connectionString: server.url() });
    await admin.connect();
  }, 60_000);
  afterAll(async () => {
    await admin.end();
    server.close();
  });
  beforeEach(() => admin.query('CREATE SCHEMA "Injeung"'));
  afterEach(async () => {
    await pooler.close();
    await admin.query('DROP SCHEMA "Injeung" CASCADE');
  });

  const schemasInUse = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ schemaname: string }>(
      `SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    return rows.map(({ schemaname }) => schemaname);
  };

  it.each([
    ['ignores start options', ['ignore_startup_parameters = statement_timeout,options,extra_float_digits']],
    ['refuses start options', []],
    ['gives connections in turn', ['server_round_robin = 1']],
    ['resets nothing', ['server_reset_query =']],
  ])('keeps schema and settings with pool_mode=session when it %s', async (_behaviour, settings) => {
    pooler = await PgBouncer.start(server.port, [
      'pool_mode = session',
      'default_pool_size = 30',
      ...settings,
    ]);
    const database = await openDatabase(pooler.url(SCHEMA), {
      pool: { size: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 7_000 },
    });
    const [row] =
      await database.read(`SELECT current_schema() AS schema, current_setting('plan_cache_mode') AS plan,
      current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('enable_seqscan') AS seqscan`);
    expect(row).toEqual({
      schema: 'Injeung',
      plan: 'force_generic_plan',
      statement: '7s',
      lock: '1s',
      idle: '7s',
      seqscan: 'off',
    });
    await database.close();
    expect(await schemasInUse()).toEqual(['Injeung']);
  });

  it('serves several nodes that start together with pool_mode=session', async () => {
    pooler = await PgBouncer.start(server.port, ['pool_mode = session', 'default_pool_size = 30']);
    const url = pooler.url(SCHEMA);
    const nodes = await Promise.all(
      [1, 2].map(() => TestApp.on({ url, drop: async () => undefined }, { DATABASE_POOL_SIZE: '3' })),
    );
    const { id } = (await nodes[0]!.requestEmail('user@example.com')).data.requestEmailCode;
    const code = await nodes[1]!.codeFor('user@example.com');
    expect((await nodes[1]!.verify(id, code)).data.verifyCode.verified).toBe(true);
    for (const node of nodes) await node.stop();
    const findings = await examine(url);
    expect(findings.map(({ status, check }) => `${status} ${check}`)).toEqual([
      'OK database',
      'OK pooler',
      'OK migrations',
      'OK keyring',
      'OK clock',
    ]);
  });

  it.each([
    ['transaction', SHARED],
    ['transaction', ['default_pool_size = 1']],
    ['transaction', [...SHARED, 'server_round_robin = 1']],
    ['statement', SHARED],
  ])('is refused with pool_mode=%s and %j, and no other client is affected', async (mode, settings) => {
    pooler = await PgBouncer.start(server.port, [`pool_mode = ${mode}`, ...settings]);
    // Connections that the pool has already opened, as with other clients.
    const others = await Promise.all(
      settings.map(async () => {
        const client = new Client({ connectionString: pooler.url() });
        await client.connect();
        await client.query('SELECT 1');
        return client;
      }),
    );
    await expect(openDatabase(pooler.url(SCHEMA))).rejects.toThrow(
      /^DATABASE_URL: the pooler at 127\.0\.0\.1:\d+ .*transaction pooling.*pool_mode = session/,
    );
    expect(await examine(pooler.url(SCHEMA))).toEqual([
      expect.objectContaining({
        status: 'FAIL',
        message: expect.stringContaining('transaction pooling'),
        advice: expect.stringMatching(/DATABASE_URL.*pool_mode = session/),
      }),
    ]);
    expect(await schemasInUse()).toEqual([]);
    for (const client of others) {
      const { rows } = await client.query(`SELECT current_setting('search_path') AS path,
        current_setting('transaction_read_only') AS read_only, current_setting('enable_seqscan') AS seqscan`);
      expect(rows).toEqual([{ path: '"$user", public', read_only: 'off', seqscan: 'on' }]);
      await client.end();
    }
  });
});

onOwnPostgres('a server that accepts session settings but does not keep them', () => {
  it('is refused with the names of the settings', async () => {
    const server = await OwnPostgres.start();
    const admin = new Client({ connectionString: server.url() });
    await admin.connect();
    await admin.query(`CREATE SCHEMA shadow;
      CREATE FUNCTION shadow.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS 'SELECT $2';
      ALTER DATABASE postgres SET search_path = shadow, pg_catalog`);
    await admin.end();
    await expect(openDatabase(server.url())).rejects.toThrow(
      /^DATABASE_URL: the server at 127\.0\.0\.1:\d+ accepts session settings but does not keep them: statement_timeout,.*enable_mergejoin/,
    );
    server.close();
  }, 60_000);
});
