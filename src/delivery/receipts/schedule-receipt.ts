import { type Database } from '../../database/database';

/** Sets when the provider is next queried for a receipt. Null: it is not queried again. */
export async function scheduleReceipt(database: Database, id: string, inMs: number | null): Promise<void> {
  await database.write(
    `UPDATE delivery SET receipt_due_at = now_ms() + $2 WHERE id = $1 AND status = 'SENT'`,
    [id, inMs],
  );
}
