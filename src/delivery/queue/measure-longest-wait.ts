import { type Database } from '../../database/database';

/** How long the oldest due delivery has waited for a claim, in milliseconds; 0 when none is due. */
export async function measureLongestWait(database: Database): Promise<number> {
  const [row] = await database.read<{ due: number | null; now: number }>(
    `SELECT min(due_at) AS due, now_ms() AS now FROM delivery WHERE due_at <= (SELECT now_ms())`,
  );
  return row!.due === null ? 0 : row!.now - row!.due;
}
