import { type Database } from '../../database/database';
import { isStorable } from '../../database/storable-text';
import { type DeliveryStatus } from '../delivery.entity';

export interface KnownDelivery {
  status: DeliveryStatus;
  provider: string | null;
  provider_message_id: string | null;
}

/** @returns null for an unknown id, including a text that the database cannot store. */
export async function findDelivery(database: Database, id: string): Promise<KnownDelivery | null> {
  if (!isStorable(id)) return null;
  const [row] = await database.read<KnownDelivery>(
    `SELECT status, provider, provider_message_id FROM delivery WHERE id = $1`,
    [id],
  );
  return row ?? null;
}
