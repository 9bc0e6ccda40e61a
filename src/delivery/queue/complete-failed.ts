import { type DeliveryFailure } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { type EventOutbox } from '../../events/event-outbox';
import { type DeliveryStatus } from '../delivery.entity';
import { type EndedSend, insertSend } from './insert-send';
import { type Claim } from './lease';
import { lockDelivery } from './lock-delivery';

export interface FailedDelivery {
  failure: DeliveryFailure;
  /** Providers that this delivery does not use any more. */
  ruledOut: readonly string[];
  lastError: string | null;
  /** The send that failed last. Null: no provider was called under this claim. */
  send: EndedSend | null;
}

interface CompletedRow {
  status: DeliveryStatus;
  attempts: number;
  verification_id: string;
}

/**
 * Ends a delivery that failed, and keeps its last send. The delivery stays DELIVERED when an earlier send has succeeded
 * meanwhile. If it ends without another send although a provider has accepted its message, it is SENT: the receipt of
 * that provider may still come, and the user may have used the code.
 *
 * @returns the status of the delivery, or null when the lease was lost; nothing is changed then.
 */
export function completeFailed(
  { database, events }: { database: Database; events: EventOutbox },
  claim: Claim,
  failed: FailedDelivery,
): Promise<DeliveryStatus | null> {
  const { failure, ruledOut, lastError, send } = failed;
  return database.transaction(function* () {
    // A receipt that is being recorded may change what the provider accepted.
    if (send === null) yield* lockDelivery(claim.id, database.dialect);
    const accepted = send === null && (yield* hasAcceptedSend(claim.id));
    const [row] = yield* query<CompletedRow>(
      `UPDATE delivery SET status = CASE WHEN due_at IS NULL THEN status ELSE $8 END,
         failure = CASE WHEN due_at IS NULL THEN failure ELSE $3 END, provider = coalesce($4, provider), ruled_out = $5,
         last_error = coalesce($6, last_error), attempts = attempts + $7, updated_at = now_ms(), due_at = NULL,
         lease_owner = NULL
       WHERE id = $1 AND lease_owner = $2 RETURNING status, attempts, verification_id`,
      [
        claim.id,
        claim.lease,
        accepted ? null : failure,
        send?.provider ?? null,
        ruledOut.join(','),
        lastError,
        send === null ? 0 : 1,
        accepted ? 'SENT' : 'FAILED',
      ],
    );
    if (!row) return null;
    const { attempts, status, verification_id: verificationId } = row;
    if (send !== null) yield* query(insertSend(claim.id, attempts, send));
    if (status === 'FAILED')
      yield* events.storeDelivery({ id: claim.id, verificationId, status, failure, attempts });
    return status;
  });
}

/** Whether a provider has accepted the message, and its receipt has not come. */
function* hasAcceptedSend(deliveryId: string): Transaction<boolean> {
  const rows = yield* query(
    `SELECT number FROM send WHERE delivery_id = $1 AND result = 'ACCEPTED' LIMIT 1`,
    [deliveryId],
  );
  return rows.length > 0;
}
