import { type Database } from '../../database/database';

/**
 * Makes every leased delivery due now. It does so on SQLite only, where one server uses the database: a lease that
 * exists when the server starts belongs to a process that has ended, so its message need not wait until the lease expires.
 *
 * `lease_owner` stays, because by it the next claim recognizes that the message may have been sent.
 */
export async function expireLeasesAtStart(database: Database): Promise<void> {
  if (database.dialect !== 'sqlite') return;
  await database.write(
    `UPDATE delivery SET due_at = now_ms() WHERE due_at IS NOT NULL AND lease_owner IS NOT NULL`,
  );
}
