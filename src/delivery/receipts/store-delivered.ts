import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { type DecidedDelivery, type EventOutbox } from '../../events/event-outbox';
import { type LockedDelivery } from '../queue/lock-delivery';
import { type KnownDelivery } from './find-delivery';
import { type ReportedSend } from './reported-send';

/**
 * Records that the message of the latest send arrived. Of the failures it replaces only a temporary one, because a mail
 * server can accept a mail and return it later.
 *
 * @returns null when nothing had to change, or when the receipt is about another send.
 */
export function storeDelivered(
  { database, events }: { database: Database; events: EventOutbox },
  { deliveryId, providers, providerMessageId }: ReportedSend,
): Promise<KnownDelivery | null> {
  const names = providers.map((_, index) => `$${index + 3}`).join(', ');
  const statement = {
    sql: `UPDATE delivery SET status = 'DELIVERED', failure = NULL, updated_at = now_ms(), receipt_due_at = NULL
     WHERE id = $1 AND (status = 'SENT' OR (status = 'FAILED' AND failure = 'UNREACHABLE')) AND sent_at IS NOT NULL
       AND provider_message_id = coalesce(cast($2 AS text), provider_message_id) AND provider IN (${names})
     RETURNING verification_id, channel, attempts`,
    params: [deliveryId, providerMessageId, ...providers],
  };
  return events.decide<KnownDelivery & { attempts: number }>(database, statement, (row) =>
    events.storeDelivery(deliveredNow(deliveryId, row)),
  );
}

/**
 * Records that the message of an earlier send arrived. The delivery is DELIVERED, whatever its later sends reported. A
 * later send that is running keeps its lease, so that its outcome can be recorded; a later send that has not begun does
 * not begin.
 */
export function* storeEarlierDelivered(
  events: EventOutbox,
  { id: deliveryId, status }: LockedDelivery,
  number: number,
): Transaction<void> {
  yield* query(
    `UPDATE send SET result = 'DELIVERED', receipt_due_at = NULL WHERE delivery_id = $1 AND number = $2 RETURNING number`,
    [deliveryId, number],
  );
  const [row] = yield* query<{ verification_id: string; attempts: number }>(
    `UPDATE delivery SET status = 'DELIVERED', failure = NULL, due_at = NULL, receipt_due_at = NULL, updated_at = now_ms()
     WHERE id = $1 RETURNING verification_id, attempts`,
    [deliveryId],
  );
  if (status !== 'DELIVERED') yield* events.storeDelivery(deliveredNow(deliveryId, row!));
}

function deliveredNow(id: string, row: { verification_id: string; attempts: number }): DecidedDelivery {
  const { verification_id: verificationId, attempts } = row;
  return { id, verificationId, status: 'DELIVERED', failure: null, attempts };
}
