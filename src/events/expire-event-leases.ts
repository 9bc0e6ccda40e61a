import { type Database } from '../database/database';

/**
 * Makes every leased event due now, on SQLite only. An SQLite database has one server, so a lease that exists before
 * its start belongs to a process that has ended.
 */
export async function expireEventLeases(database: Database): Promise<void> {
  if (database.dialect !== 'sqlite') return;
  await database.write(`UPDATE event SET due_at = now_ms() WHERE lease_owner IS NOT NULL`);
}
