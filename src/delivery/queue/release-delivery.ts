import { type Database } from '../../database/database';
import { type Claim } from './lease';

/** Gives up a claim without a send. Any node can claim the delivery again after `delayMs`. */
export async function releaseDelivery(database: Database, { id, lease }: Claim, delayMs = 0): Promise<void> {
  await database.write(
    `UPDATE delivery SET due_at = CASE WHEN due_at IS NULL THEN NULL ELSE now_ms() + $3 END, lease_owner = NULL WHERE id = $1 AND lease_owner = $2`,
    [id, lease, delayMs],
  );
}
