import { type Database } from '../../database/database';
import { type DueReceipt } from './claim-receipts';

/** Sets when the provider is next queried for a receipt, in epoch milliseconds. Null: it is not queried again. */
export async function scheduleReceipt(
  database: Database,
  { id, number }: Pick<DueReceipt, 'id' | 'number'>,
  at: number | null,
): Promise<void> {
  if (number === null)
    await database.write(`UPDATE delivery SET receipt_due_at = $2 WHERE id = $1 AND status = 'SENT'`, [
      id,
      at,
    ]);
  else
    await database.write(
      `UPDATE send SET receipt_due_at = $3 WHERE delivery_id = $1 AND number = $2 AND result = 'ACCEPTED'`,
      [id, number, at],
    );
}
