import { Pool } from 'pg';
import { postgresConnection } from '../contenders/databases';
import { FLOOR_TABLES, type FloorStore, INSERT_DELIVERY, INSERT_VERIFICATION, VERIFY } from './floor.types';

/** As many connections as Injeung opens by default. */
const CONNECTIONS = 10;

export async function openPostgresFloor(url: string): Promise<FloorStore> {
  const pool = new Pool({ ...postgresConnection(url), max: CONNECTIONS, idleTimeoutMillis: 0 });
  for (const table of FLOOR_TABLES) await pool.query(table);
  return {
    insert: async ({ id, email, code, expiresAt }) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query({
          name: 'verification',
          text: INSERT_VERIFICATION,
          values: [id, email, code, expiresAt],
        });
        await client.query({ name: 'delivery', text: INSERT_DELIVERY, values: [id, id, Date.now()] });
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    },
    verify: async (id, code, now) =>
      (await pool.query({ name: 'verify', text: VERIFY, values: [now, id, code, now] })).rowCount === 1,
    close: () => pool.end(),
  };
}
