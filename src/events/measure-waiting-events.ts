import { type Database } from '../database/database';

export interface WaitingEvents {
  /** Events that the receiver has not accepted yet. */
  count: number;
  /** Age of the oldest of them, in seconds; 0 when there are none. */
  oldestSeconds: number;
}

export async function measureWaitingEvents(database: Database): Promise<WaitingEvents> {
  const [row] = await database.read<{ count: number; oldest: number | null; now: number }>(
    `SELECT count(*) AS count, min(created_at) AS oldest, now_ms() AS now FROM event`,
  );
  const { count, oldest, now } = row!;
  return { count: Number(count), oldestSeconds: oldest === null ? 0 : Math.max(0, now - oldest) / 1000 };
}
