import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';

/** Returns everything that the database contains as text: on SQLite the bytes of its files, on PostgreSQL all rows. */
export async function contents(url: string): Promise<string> {
  if (url.startsWith('sqlite:')) {
    const directory = dirname(url.slice('sqlite:'.length));
    return readdirSync(directory)
      .map((file) => readFileSync(join(directory, file), 'latin1'))
      .join('');
  }
  const schema = new URL(url).searchParams.get('schema')!;
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows: tables } = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = $1`, [
    schema,
  ]);
  let text = '';
  for (const { tablename } of tables) {
    text += JSON.stringify((await client.query(`SELECT * FROM ${schema}.${tablename}`)).rows);
  }
  await client.end();
  return text;
}
