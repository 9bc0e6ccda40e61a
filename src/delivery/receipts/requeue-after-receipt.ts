import { type Database } from '../../database/database';

/**
 * Puts a delivery back into the queue, because the provider accepted the message but could not deliver it. Another send
 * may reach the recipient.
 *
 * @returns false when the outcome was known already.
 */
export async function requeueAfterReceipt(
  database: Database,
  id: string,
  delayMs: number,
  lastError: string,
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = 'QUEUED', due_at = now_ms() + $2, rounds = rounds + 1, last_error = $3,
       receipt_due_at = NULL, updated_at = now_ms()
     WHERE id = $1 AND status = 'SENT' RETURNING id`,
    [id, delayMs, lastError],
  );
  return rows.length === 1;
}
