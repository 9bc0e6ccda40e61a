import { type Database } from '../database/database';

/** A claim of an event. Only the node that holds the lease may change the event. */
export interface EventClaim {
  id: string;
  lease: string;
}

/** Deletes an event that the receiver has, or that is not sent any more. */
export async function deleteEvent(database: Database, { id, lease }: EventClaim): Promise<void> {
  await database.write(`DELETE FROM event WHERE id = $1 AND lease_owner = $2 RETURNING id`, [id, lease]);
}

/** Puts an event back, to be sent again after `delayMs`. */
export async function postponeEvent(
  database: Database,
  { id, lease }: EventClaim,
  delayMs: number,
): Promise<void> {
  await database.write(
    `UPDATE event SET due_at = now_ms() + $3, lease_owner = NULL WHERE id = $1 AND lease_owner = $2 RETURNING id`,
    [id, lease, delayMs],
  );
}
