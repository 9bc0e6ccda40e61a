import { type DeliveryFailure } from '../../channels/provider.types';
import { type Database } from '../../database/database';

/**
 * Records a provider's final answer about a message that it had accepted.
 *
 * @returns false when the outcome was known already.
 */
export async function storePolledReceipt(
  database: Database,
  id: string,
  status: 'DELIVERED' | 'FAILED',
  failure: DeliveryFailure | null,
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = $2, failure = $3, updated_at = now_ms(), receipt_due_at = NULL
     WHERE id = $1 AND status = 'SENT' RETURNING id`,
    [id, status, failure],
  );
  return rows.length === 1;
}
