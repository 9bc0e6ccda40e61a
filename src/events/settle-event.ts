import { type Database } from '../database/database';
import { type ClaimedEvent } from './claim-events';

type Claim = Pick<ClaimedEvent, 'id' | 'lease'>;

/** Deletes an event that the receiver has, even if its lease was lost: nobody has to send it again. */
export async function deleteAcceptedEvent(database: Database, id: string): Promise<void> {
  await database.write(`DELETE FROM event WHERE id = $1 RETURNING id`, [id]);
}

/** Deletes an event that is not sent any more, unless another node has claimed it. */
export async function dropEvent(database: Database, { id, lease }: Claim): Promise<void> {
  await database.write(`DELETE FROM event WHERE id = $1 AND lease_owner = $2 RETURNING id`, [id, lease]);
}

/** Puts an event back after a failed send, to be sent again after `delayMs`. */
export async function postponeEvent(
  database: Database,
  { id, lease }: Claim,
  delayMs: number,
): Promise<void> {
  await database.write(
    `UPDATE event SET due_at = now_ms() + $3, lease_owner = NULL, attempts = attempts + 1
     WHERE id = $1 AND lease_owner = $2 RETURNING id`,
    [id, lease, delayMs],
  );
}

/** Puts an event back unsent, so that another node or the next start can send it at once. */
export async function releaseEvent(database: Database, { id, lease }: Claim): Promise<void> {
  await database.write(
    `UPDATE event SET due_at = now_ms(), lease_owner = NULL WHERE id = $1 AND lease_owner = $2 RETURNING id`,
    [id, lease],
  );
}
