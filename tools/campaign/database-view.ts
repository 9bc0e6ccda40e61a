import { Client } from 'pg';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';

export interface VerificationRow {
  id: string;
  status: string;
  attempts_remaining: number;
}

export interface DeliveryRow {
  id: string;
  verification_id: string;
  channel: 'EMAIL' | 'SMS';
  status: string;
  failure: string | null;
  provider_message_id: string | null;
  due_at: number | null;
  lease_owner: string | null;
  last_error: string | null;
}

/** The campaign's own access to the database, besides the nodes. */
export interface DatabaseView {
  query<R>(sql: string): Promise<R[]>;
  /** Holds locks that stop the writes of the nodes for a while. @returns what was locked. */
  lock(durationMs: number, table: string): Promise<void>;
  close(): Promise<void>;
}

export const TABLES = ['verification', 'delivery', 'budget'];

export function viewOf(url: string): DatabaseView {
  return url.startsWith('sqlite:') ? new SqliteView(url.slice('sqlite:'.length)) : new PostgresView(url);
}

/** Opens a connection for each query, because the server may have been restarted since the last one. */
class PostgresView implements DatabaseView {
  constructor(private readonly url: string) {}

  query<R>(sql: string): Promise<R[]> {
    return this.connected(async (client) => (await client.query(sql)).rows as R[]);
  }

  lock(durationMs: number, table: string): Promise<void> {
    return this.connected(async (client) => {
      await client.query('BEGIN');
      await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      await client.query(`SELECT pg_sleep(${durationMs / 1000})`);
      await client.query('ROLLBACK');
    });
  }

  async close(): Promise<void> {}

  private async connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url, application_name: 'campaign' });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

class SqliteView implements DatabaseView {
  private readonly connection: InstanceType<typeof SqliteConnection>;

  constructor(path: string) {
    this.connection = new SqliteConnection(path, { timeout: 0 });
  }

  async query<R>(sql: string): Promise<R[]> {
    const statement = this.connection.prepare(sql);
    if (statement.reader) return statement.all() as R[];
    statement.run();
    return [];
  }

  /** The whole file is locked, because SQLite has one lock for writers. */
  async lock(durationMs: number): Promise<void> {
    for (;;) {
      try {
        this.connection.exec('BEGIN IMMEDIATE');
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    this.connection.exec('ROLLBACK');
  }

  async close(): Promise<void> {
    this.connection.close();
  }
}
