import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Dialect } from './contender.types';

const LOCAL_POSTGRES = 'postgres://postgres@127.0.0.1:5432/test';

/** The PostgreSQL server that the benchmark uses. Each contender has its own schema there. */
export const POSTGRES_URL = process.env.BENCH_DATABASE_URL ?? LOCAL_POSTGRES;

/** The database of one contender, as Injeung's DATABASE_URL would name it. */
export interface BenchDatabase {
  url: string;
  drop(): Promise<void>;
}

let made = 0;

export async function createDatabase(dialect: Dialect): Promise<BenchDatabase> {
  return dialect === 'sqlite' ? createSqlite() : createPostgres();
}

function createSqlite(): BenchDatabase {
  const directory = mkdtempSync(join(tmpdir(), 'injeung-bench-'));
  return {
    url: `sqlite:${join(directory, 'bench.sqlite')}`,
    drop: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function createPostgres(): Promise<BenchDatabase> {
  const schema = `bench_${process.pid}_${++made}`;
  await onPostgres(POSTGRES_URL, (client) => client.query(`CREATE SCHEMA ${schema}`));
  const url = new URL(POSTGRES_URL);
  url.searchParams.set('schema', schema);
  return {
    url: url.toString(),
    drop: () =>
      onPostgres(POSTGRES_URL, async (client) => void (await client.query(`DROP SCHEMA ${schema} CASCADE`))),
  };
}

/** Uses a connection to the schema that the URL names. */
export async function onPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { connectionString, options } = postgresConnection(url);
  const client = new Client({ connectionString, options });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The driver's parameter for what our URL names `?schema=`. */
export function postgresConnection(url: string): { connectionString: string; options?: string } {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema');
  parsed.searchParams.delete('schema');
  return {
    connectionString: parsed.toString(),
    options: schema === null ? undefined : `-c search_path=${schema}`,
  };
}

export const sqliteFile = (url: string) => url.slice('sqlite:'.length);

/** Returns the rows of a query that works on both databases. */
export async function queryOnce(url: string, sql: string): Promise<Record<string, unknown>[]> {
  if (!url.startsWith('sqlite:')) {
    return onPostgres(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
  }
  const { SqliteConnection } = await import('../../../src/database/sqlite/sqlite-driver.js');
  const file = new SqliteConnection(sqliteFile(url), { readonly: true });
  try {
    return file.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    file.close();
  }
}
