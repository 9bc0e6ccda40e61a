import { type Database } from '../../database/database';
import { type Claim } from './lease';

export interface Retry {
  /** The provider that failed last. Null: no provider has failed yet. */
  provider: string | null;
  /** Names of the providers that refused permanently, comma separated. */
  ruledOut: string;
  rounds: number;
  unknownOutcomes: number;
  delayMs: number;
  /** When the first send with an unknown outcome began, in epoch milliseconds. The next send is then preceded by a look-up. */
  uncertainSince: number | null;
  lastError: string;
}

/**
 * Puts a delivery back into the queue after a send that failed. It becomes due when its code expires at the latest,
 * because the failure EXPIRED is recorded by the next claim.
 *
 * @returns false when the lease was lost; nothing is changed then.
 */
export async function retryDelivery(database: Database, claim: Claim, retry: Retry): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET provider = $3, ruled_out = $4, rounds = $5, uncertain_since = $7,
       due_at = CASE WHEN now_ms() + $6 < expires_at THEN now_ms() + $6 ELSE expires_at END,
       last_error = $8, unknown_outcomes = $9, attempts = attempts + 1, updated_at = now_ms(), lease_owner = NULL
     WHERE id = $1 AND lease_owner = $2 RETURNING id`,
    [
      claim.id,
      claim.lease,
      retry.provider,
      retry.ruledOut,
      retry.rounds,
      retry.delayMs,
      retry.uncertainSince,
      retry.lastError,
      retry.unknownOutcomes,
    ],
  );
  return rows.length === 1;
}
