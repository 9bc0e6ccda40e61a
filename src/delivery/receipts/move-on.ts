import { type DeliveryFailure } from '../../channels/provider.types';
import { query, type Transaction } from '../../database/statement';
import { type Progress } from '../failover-rule';

export interface MoveOn {
  progress: Progress;
  delayMs: number;
  /** Why the message did not arrive. Null: no receipt came in time. */
  failure: DeliveryFailure | null;
  /** The provider's own description of the failure. */
  detail: string;
  lastError: string;
  /** When to query for the receipt that has not come, in milliseconds. Null: it is not queried. */
  receiptInMs: number | null;
}

/**
 * Puts a sent delivery back into the queue, so that another provider sends it, and keeps its latest send. It becomes
 * due when its code expires at the latest.
 */
export function* moveOn(deliveryId: string, move: MoveOn): Transaction<void> {
  const { progress, delayMs, failure, detail, lastError, receiptInMs } = move;
  yield* query(
    `INSERT INTO send (delivery_id, number, provider, result, failure, detail, provider_message_id, ended_at,
       receipt_due_at, receipt_checks)
     SELECT id, attempts, provider, $2, $3, $4, provider_message_id, sent_at, now_ms() + cast($5 AS bigint),
       receipt_checks
     FROM delivery WHERE id = $1 RETURNING number`,
    [deliveryId, failure === null ? 'ACCEPTED' : 'NOT_DELIVERED', failure, detail, receiptInMs],
  );
  yield* query(
    `UPDATE delivery SET status = 'QUEUED', provider = $2, ruled_out = $3, rounds = $4, settlings = $5,
       unknown_outcomes = $6, last_error = $7, uncertain_since = NULL, receipt_due_at = NULL, provider_message_id = NULL,
       sent_at = NULL, updated_at = now_ms(),
       due_at = CASE WHEN now_ms() + $8 < expires_at THEN now_ms() + $8 ELSE expires_at END
     WHERE id = $1 RETURNING id`,
    [
      deliveryId,
      progress.provider,
      progress.ruledOut.join(','),
      progress.rounds,
      progress.settlings,
      progress.unknownOutcomes,
      lastError,
      delayMs,
    ],
  );
}
