import { Client } from 'pg';
import { HAS_OWN_POSTGRES, OwnPostgres, SOCKET_ROLE } from '../support/own-postgres';
import { TestApp } from '../support/test-app';
import { openDatabase } from '../support/databases';

// test/support/find-programs.ts reports which suites are skipped.
const onOwnPostgres = HAS_OWN_POSTGRES ? describe : describe.skip;

onOwnPostgres('DATABASE_URL of PostgreSQL', () => {
  let server: OwnPostgres;
  let admin: Client;

  beforeAll(async () => {
    server = await OwnPostgres.start();
    admin = new Client({ connectionString: server.url() });
    await admin.connect();
    const { user, password } = SOCKET_ROLE;
    await admin.query(`CREATE ROLE ${user} LOGIN SUPERUSER PASSWORD '${password}'`);
  }, 60_000);
  afterAll(async () => {
    await admin.end();
    server.close();
  });

  describe('schema=', () => {
    const create = (schema: string) => admin.query(`CREATE SCHEMA ${admin.escapeIdentifier(schema)}`);
    const urlWith = (schema: string) => server.url(`?schema=${encodeURIComponent(schema)}`);
    /** The schemas that contain tables of the program, on a server that only this test file uses. */
    const schemasInUse = async (): Promise<string[]> => {
      const { rows } = await admin.query<{ schemaname: string }>(
        `SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
      );
      return rows.map(({ schemaname }) => schemaname);
    };

    it.each([
      'Injeung',
      'my schema',
      'quo"te',
      "apo'strophe",
      'select',
      'a.b',
      'user',
      '인증',
      'semi;colon',
      'comma,public',
      '$1',
      'back\\slash',
      '%73',
      'x'.repeat(63),
    ])('puts every table into exactly the schema %j', async (schema) => {
      await create(schema);
      for (let start = 0; start < 2; start++) {
        const app = await TestApp.on({ url: urlWith(schema), drop: async () => undefined });
        const user = `start-${start}@example.com`;
        const { id } = (await app.requestEmail(user)).data.requestEmailCode;
        const code = await app.codeFor(user);
        expect((await app.verify(id, code)).data.verifyCode.verified).toBe(true);
        await app.stop();
        expect(await schemasInUse()).toEqual([schema]);
      }
      await admin.query(`DROP SCHEMA ${admin.escapeIdentifier(schema)} CASCADE`);
    });

    it('is refused with the name and the advice when the server does not have the schema', async () => {
      await create('lower');
      await expect(openDatabase(urlWith('Lower'))).rejects.toThrow(
        /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:\d+ has no schema named Lower; create it with CREATE SCHEMA "Lower"/,
      );
      expect(await schemasInUse()).toEqual([]);
    });
  });

  describe("the socket's directory", () => {
    const encoded = () => encodeURIComponent(server.directory);
    const socketOf = async (url: string): Promise<string | null> => {
      const database = await openDatabase(url);
      const [row] = await database.read<{ address: string | null }>('SELECT inet_client_addr() AS address');
      await database.close();
      return row!.address;
    };

    it.each([
      ['an empty host', (p: number) => `postgres://postgres@/postgres?host=${server.directory}&port=${p}`],
      ['percent-encoding', (p: number) => `postgresql://postgres@/postgres?host=${encoded()}&port=${p}`],
      ['a port in the URL', (p: number) => `postgres://postgres@:${p}/postgres?host=${server.directory}`],
      [
        'no user in the URL',
        (p: number) => `postgres:///?host=${encoded()}&port=${p}&user=postgres&dbname=postgres`,
      ],
      [
        'another host in the URL',
        (p: number) => `postgres://postgres@db.invalid:${p}/postgres?host=${encoded()}`,
      ],
      ['the host in percent-encoding', (p: number) => `postgres://postgres@${encoded()}:${p}/postgres`],
      [
        'sslmode=verify-full',
        (p: number) => `postgres://postgres@${encoded()}:${p}/postgres?sslmode=verify-full`,
      ],
      ['sslmode=require', (p: number) => `postgres://postgres@${encoded()}:${p}/postgres?sslmode=require`],
    ])('is used with %s', async (_form, url) => {
      expect(await socketOf(url(server.port))).toBeNull();
    });

    it.each([
      ['in its place', () => `${SOCKET_ROLE.user}:${encodeURIComponent(SOCKET_ROLE.password)}@/postgres?`],
      [
        'as a parameter',
        () => `/postgres?user=${SOCKET_ROLE.user}&password=${encodeURIComponent(SOCKET_ROLE.password)}&`,
      ],
    ])('is used with a password %s', async (_place, start) => {
      const url = `postgres://${start()}host=${server.directory}&port=${server.port}`;
      expect(await socketOf(url)).toBeNull();
    });

    it('is named without the password when the server refuses the login or does not run', async () => {
      const refused = `postgres://${SOCKET_ROLE.user}:wrong-secret@/postgres?host=${server.directory}&port=${server.port}`;
      const error = await openDatabase(refused).catch((reason: Error) => reason.message);
      expect(error).toMatch(/^DATABASE_URL: PostgreSQL at \/.*28P01.*check user and password/);
      expect(error).not.toContain('wrong-secret');
      await expect(openDatabase('postgres://postgres@/postgres?host=/nowhere')).rejects.toThrow(
        /^DATABASE_URL: PostgreSQL at \/nowhere:5432 cannot be used: .*ENOENT/,
      );
    });
  });

  it("is read by libpq's rules for user, password and database", async () => {
    await admin.query('CREATE DATABASE "My data/base"');
    const database = await openDatabase(
      `postgres://postgres:any%40thing@127.0.0.1:${server.port}/My%20data%2Fbase?options=-c%20geqo%3Doff`,
    );
    const [row] = await database.read(`SELECT current_database() AS name, current_setting('geqo') AS geqo`);
    expect(row).toEqual({ name: 'My data/base', geqo: 'off' });
    await database.close();
  });

  it.each([
    ['3D000', () => server.url().replace(/postgres$/, 'nowhere'), 'create the database'],
    ['ECONNREFUSED', () => 'postgres://postgres@127.0.0.1:1/postgres', 'check host and port'],
    // Two addresses are tried, and the error for both has no message of its own.
    ['ECONNREFUSED', () => 'postgres://postgres@localhost:1/postgres', 'check host and port'],
    ['ENOTFOUND|EAI_AGAIN', () => 'postgres://postgres@nowhere.invalid/postgres', 'check host and port'],
  ])('is reported with advice when the connection fails with %s', async (reason, url, advice) => {
    const error = await openDatabase(url()).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(new RegExp(`DATABASE_URL: PostgreSQL at .*(${reason}).*; ${advice}`));
  });
});
