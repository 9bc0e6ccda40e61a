import { type Database } from '../../database/database';
import { type Claim } from './lease';

/** Gives up a claim without a send. The delivery is due again after `delayMs`, for this node or another. */
export async function releaseDelivery(database: Database, { id, lease }: Claim, delayMs = 0): Promise<void> {
  await database.write(
    `UPDATE delivery SET due_at = now_ms() + $3, lease_owner = NULL WHERE id = $1 AND lease_owner = $2`,
    [id, lease, delayMs],
  );
}
