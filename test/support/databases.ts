import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { SCHEMA } from '../../src/app/schema';
import { type Database } from '../../src/database/database';
import { openDatabase as openWithSchema } from '../../src/database/open-database';

/** A database that only one test uses. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

export type Dialect = 'sqlite' | 'postgres';

/**
 * The dialects that can be tested on this machine. test/support/find-programs.ts has searched for a PostgreSQL server.
 */
export const DIALECTS: Dialect[] = process.env.INJEUNG_TEST_POSTGRES ? ['sqlite', 'postgres'] : ['sqlite'];

export async function createDatabase(dialect: Dialect): Promise<TestDatabase> {
  return dialect === 'sqlite' ? createSqlite() : createPostgres(process.env.INJEUNG_TEST_POSTGRES!);
}

/** Opens a database and creates the tables of the program, like the server. */
export function openDatabase(url: string, options?: Parameters<typeof openWithSchema>[2]): Promise<Database> {
  return openWithSchema(url, SCHEMA, options);
}
/** In memory if the machine offers it, so that no test waits until a disk is synced. */
const SQLITE_ROOT = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

async function createSqlite(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(SQLITE_ROOT, 'injeung-'));
  return {
    url: `sqlite:${join(directory, 'test.sqlite')}`,
    drop: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Creates a separate schema in the test database, so that suites can run at the same time. */
async function createPostgres(server: string): Promise<TestDatabase> {
  const schema = `injeung_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE SCHEMA ${schema}`);
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  return { url: url.toString(), drop: () => query(server, `DROP SCHEMA ${schema} CASCADE`) };
}

async function query(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
