import { type Database } from '../../database/database';

export interface QueueDepth {
  /** Deliveries in the queue, leased ones included. */
  depth: number;
  /** Age of the oldest delivery in the queue, in seconds; 0 when the queue is empty. */
  oldestSeconds: number;
}

export async function measureQueueDepth(database: Database): Promise<QueueDepth> {
  const [row] = await database.read<{ depth: number; oldest: number | null; now: number }>(
    `SELECT count(*) AS depth, min(created_at) AS oldest, now_ms() AS now FROM delivery WHERE due_at IS NOT NULL`,
  );
  const { depth, oldest, now } = row!;
  return { depth: Number(depth), oldestSeconds: oldest === null ? 0 : Math.max(0, now - oldest) / 1000 };
}
