import { Client } from 'pg';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';

/** Reads a test database over another connection, while a server uses it. */
export async function readRows<Row>(url: string, sql: string): Promise<Row[]> {
  if (url.startsWith('sqlite:')) {
    const connection = new SqliteConnection(url.slice('sqlite:'.length), { readonly: true });
    try {
      return connection.prepare(sql).all() as Row[];
    } finally {
      connection.close();
    }
  }
  const schema = new URL(url).searchParams.get('schema')!;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET search_path TO ${schema}`);
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}
