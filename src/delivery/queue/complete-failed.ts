import { type DeliveryFailure } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { type Claim } from './lease';

export interface FailedDelivery {
  failure: DeliveryFailure;
  /** The provider that was called under this claim. Null: none was called. */
  provider: string | null;
  /** Names of the providers that refused permanently, comma separated. */
  ruledOut: string;
  lastError: string | null;
  /** Whether a provider was called under this claim. */
  sent: boolean;
}

/**
 * Ends a delivery that failed.
 *
 * @returns false when the lease was lost; nothing is changed then.
 */
export async function completeFailed(
  database: Database,
  claim: Claim,
  failed: FailedDelivery,
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = 'FAILED', failure = $3, provider = coalesce($4, provider), ruled_out = $5,
       last_error = coalesce($6, last_error), attempts = attempts + $7, updated_at = now_ms(), due_at = NULL,
       lease_owner = NULL
     WHERE id = $1 AND lease_owner = $2 RETURNING id`,
    [
      claim.id,
      claim.lease,
      failed.failure,
      failed.provider,
      failed.ruledOut,
      failed.lastError,
      failed.sent ? 1 : 0,
    ],
  );
  return rows.length === 1;
}
