import { type Database } from '../../database/database';
import { type Channel } from '../../recipients/channel';

export interface KnownDelivery {
  verification_id: string;
  channel: Channel;
}

/** @returns null for an unknown id. */
export async function findDelivery(database: Database, id: string): Promise<KnownDelivery | null> {
  const [row] = await database.read<KnownDelivery>(
    `SELECT verification_id, channel FROM delivery WHERE id = $1`,
    [id],
  );
  return row ?? null;
}
