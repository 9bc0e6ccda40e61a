import { join } from 'node:path';
import { type Database } from '../../src/database/database';
import { HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { openDatabase } from '../support/databases';

const CA = join(__dirname, '../support/tls/cert.pem');
/** An address of this machine that is not in the certificate. */
const OTHER_NAME = '127.0.0.2';

const onOwnPostgres = HAS_OWN_POSTGRES ? describe : describe.skip;

/** Whether the connection is encrypted, as the server reports it. */
async function isEncrypted(url: string): Promise<boolean> {
  const database: Database = await openDatabase(url);
  const [row] = await database.read<{ ssl: boolean }>(
    `SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
  );
  await database.close();
  return row!.ssl;
}

onOwnPostgres('sslmode, with a server that has TLS', () => {
  let server: OwnPostgres;
  beforeAll(async () => (server = await OwnPostgres.start({ tls: true })), 60_000);
  afterAll(() => server.close());

  it.each([
    ['', true],
    ['?sslmode=disable', false],
    ['?sslmode=prefer', true],
    ['?sslmode=require', true],
    [`?sslmode=require&sslrootcert=${CA}`, true],
    [`?sslmode=verify-ca&sslrootcert=${CA}`, true],
    [`?sslmode=verify-full&sslrootcert=${CA}`, true],
  ])('connects with %j and is encrypted: %s', async (parameters, encrypted) => {
    expect(await isEncrypted(server.url(parameters))).toBe(encrypted);
  });

  it('checks the host name only with verify-full', async () => {
    expect(await isEncrypted(server.url(`?sslmode=verify-ca&sslrootcert=${CA}`, OTHER_NAME))).toBe(true);
    expect(await isEncrypted(server.url(`?sslmode=require`, OTHER_NAME))).toBe(true);
    const full = openDatabase(server.url(`?sslmode=verify-full&sslrootcert=${CA}`, OTHER_NAME));
    await expect(full).rejects.toThrow(/altnames/);
  });

  it('refuses a certificate of an unknown authority', async () => {
    await expect(openDatabase(server.url('?sslmode=verify-full'))).rejects.toThrow(/self-signed/);
  });

  it('names the file that cannot be read', async () => {
    const url = server.url('?sslmode=verify-full&sslrootcert=/nowhere/ca.pem');
    await expect(openDatabase(url)).rejects.toThrow(/^DATABASE_URL: sslrootcert cannot be read/);
  });
});

onOwnPostgres('sslmode, with a server without TLS', () => {
  let server: OwnPostgres;
  beforeAll(async () => (server = await OwnPostgres.start()), 60_000);
  afterAll(() => server.close());

  it.each(['', '?sslmode=prefer', '?sslmode=disable'])('connects without TLS: %j', async (parameters) => {
    expect(await isEncrypted(server.url(parameters))).toBe(false);
  });

  it.each(['?sslmode=require', '?sslmode=verify-full'])(
    'never falls back to an unencrypted connection: %j',
    async (parameters) => {
      await expect(openDatabase(server.url(parameters))).rejects.toThrow(/does not support SSL/);
    },
  );
});
