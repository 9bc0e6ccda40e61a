import { type DeliveryFailure } from '../../channels/provider.types';
import { query, type Transaction } from '../../database/statement';
import { type EventOutbox } from '../../events/event-outbox';
import { type LockedDelivery } from '../queue/lock-delivery';

/** Ends a delivery whose message did not arrive. */
export function* storeNotDelivered(
  events: EventOutbox,
  { id }: LockedDelivery,
  failure: DeliveryFailure,
  lastError: string,
): Transaction<void> {
  const [row] = yield* query<{ verification_id: string; attempts: number }>(
    `UPDATE delivery SET status = 'FAILED', failure = $2, last_error = $3, due_at = NULL, receipt_due_at = NULL,
       updated_at = now_ms()
     WHERE id = $1 RETURNING verification_id, attempts`,
    [id, failure, lastError],
  );
  const { verification_id: verificationId, attempts } = row!;
  yield* events.storeDelivery({ id, verificationId, status: 'FAILED', failure, attempts });
}

/** Records that the message of an earlier send did not arrive. The delivery has moved on already. */
export function* storeEarlierNotDelivered(
  { id }: LockedDelivery,
  number: number,
  { failure, detail }: { failure: DeliveryFailure; detail: string },
): Transaction<void> {
  yield* query(
    `UPDATE send SET result = 'NOT_DELIVERED', failure = $3, detail = $4, receipt_due_at = NULL
     WHERE delivery_id = $1 AND number = $2 RETURNING number`,
    [id, number, failure, detail],
  );
}
