import { type Database } from '../../database/database';

/**
 * Makes every leased delivery due now, on SQLite only. An SQLite database has one server, so a lease that exists at its
 * start belongs to a process that has ended, and its message need not wait until the lease expires.
 *
 * `lease_owner` is kept: the next claim recognizes by it that the message may have been sent.
 */
export async function expireLeasesAtStart(database: Database): Promise<void> {
  if (database.dialect !== 'sqlite') return;
  await database.write(
    `UPDATE delivery SET due_at = now_ms() WHERE due_at IS NOT NULL AND lease_owner IS NOT NULL`,
  );
}
