import { type Database } from '../database/database';

/** How many events wait to be sent, events that failed before included. */
export async function countEvents(database: Database): Promise<number> {
  const [row] = await database.read<{ waiting: number }>('SELECT count(*) AS waiting FROM event');
  return Number(row!.waiting);
}
