import { Client, type QueryResult } from 'pg';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';

/** Reads a test database over another connection, while a server uses it. */
export async function readRows<Row>(url: string, sql: string): Promise<Row[]> {
  if (!url.startsWith('sqlite:')) return (await queryPostgres(url, sql)).rows as Row[];
  const connection = new SqliteConnection(url.slice('sqlite:'.length), { readonly: true });
  try {
    return connection.prepare(sql).all() as Row[];
  } finally {
    connection.close();
  }
}

/** Runs statements on a test database over another connection, while a server uses it. */
export async function executeSql(url: string, sql: string): Promise<void> {
  if (!url.startsWith('sqlite:')) return void (await queryPostgres(url, sql));
  const connection = new SqliteConnection(url.slice('sqlite:'.length));
  try {
    connection.exec(sql);
  } finally {
    connection.close();
  }
}

async function queryPostgres(url: string, sql: string): Promise<QueryResult> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET search_path TO ${new URL(url).searchParams.get('schema')!}`);
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
