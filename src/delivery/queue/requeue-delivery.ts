import { type Database } from '../../database/database';
import { query } from '../../database/statement';
import { type Progress } from '../failover-rule';
import { type EndedSend, insertSend, KEPT_SENDS, removeOldSend } from './insert-send';
import { type Claim } from './lease';

export interface Requeue {
  progress: Progress;
  delayMs: number;
  /** When the first send began whose outcome the same provider is to settle. Null: nothing is to be settled. */
  uncertainSince: number | null;
  lastError: string;
  send: EndedSend;
}

/**
 * Puts a delivery back into the queue after a send that failed, and keeps the send. The delivery becomes due when its
 * code expires at the latest, because the next claim records the failure EXPIRED. It does not become due when an
 * earlier send has succeeded meanwhile.
 *
 * @returns false when the lease was lost; nothing is changed then.
 */
export function requeueDelivery(database: Database, claim: Claim, requeue: Requeue): Promise<boolean> {
  const { progress, delayMs, uncertainSince, lastError, send } = requeue;
  return database.transaction(function* () {
    const [row] = yield* query<{ attempts: number }>(
      `UPDATE delivery SET provider = $3, ruled_out = $4, rounds = $5, settlings = $6, unknown_outcomes = $7,
         due_at = CASE WHEN due_at IS NULL THEN NULL WHEN now_ms() + $8 < expires_at THEN now_ms() + $8
           ELSE expires_at END,
         uncertain_since = $9, last_error = $10, attempts = attempts + 1, updated_at = now_ms(), lease_owner = NULL
       WHERE id = $1 AND lease_owner = $2 RETURNING attempts`,
      [
        claim.id,
        claim.lease,
        progress.provider,
        progress.ruledOut.join(','),
        progress.rounds,
        progress.settlings,
        progress.unknownOutcomes,
        delayMs,
        uncertainSince,
        lastError,
      ],
    );
    if (!row) return false;
    yield* query(insertSend(claim.id, row.attempts, send));
    if (row.attempts > KEPT_SENDS) yield* query(removeOldSend(claim.id, row.attempts));
    return true;
  });
}
