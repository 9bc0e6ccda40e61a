import { type DeliveryFailure } from '../channels/provider.types';
import { type Database } from '../database/database';
import { isStorable } from '../database/storable-text';
import { type DeliveryStatus } from './delivery.entity';

export interface KnownDelivery {
  status: DeliveryStatus;
  provider: string | null;
  provider_message_id: string | null;
}

/** Null for an unknown id, and for what cannot be one. */
export async function findDelivery(database: Database, id: string): Promise<KnownDelivery | null> {
  if (!isStorable(id)) return null;
  const [row] = await database.read<KnownDelivery>(
    `SELECT status, provider, provider_message_id FROM delivery WHERE id = $1`,
    [id],
  );
  return row ?? null;
}

/** It reached the mailbox. Undoes a failure that was not to last, and no other. */
export async function settleDelivered(
  database: Database,
  { id, messageId }: { id: string; messageId: string },
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = 'DELIVERED', failure = NULL, updated_at = now_ms()
     WHERE id = $1 AND provider_message_id = $2 AND (status = 'SENT' OR failure = 'UNREACHABLE') RETURNING id`,
    [id, messageId],
  );
  return rows.length === 1;
}

/** It did not reach the mailbox. Only a failure that lasts undoes an arrival, or a failure that did not last. */
export async function settleFailed(
  database: Database,
  { id, messageId }: { id: string; messageId: string },
  { failure, lasting, lastError }: { failure: DeliveryFailure; lasting: boolean; lastError: string },
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = 'FAILED', failure = $3, last_error = $4, updated_at = now_ms()
     WHERE id = $1 AND provider_message_id = $2
       AND (status = 'SENT'${lasting ? ` OR status = 'DELIVERED' OR failure = 'UNREACHABLE'` : ''}) RETURNING id`,
    [id, messageId, failure, lastError],
  );
  return rows.length === 1;
}
