import { type Channel } from '../../recipients/channel';
import { type Step } from '../../database/chain';
import { LEASE_MS } from './lease';

export interface QueuedDelivery {
  id: string;
  verificationId: string;
  channel: Channel;
  /** The time until the code expires, in milliseconds. */
  lifeMs: number;
  /** The lease of the node that will send the delivery at once. Null: any node may claim it. */
  lease: string | null;
}

/**
 * Puts a delivery into the queue, inside the transaction that accepts its code. The node that accepts the code
 * already holds the delivery's lease, which saves the claim. If that node dies, the lease expires like any other.
 */
export function insertQueuedDelivery({ id, verificationId, channel, lifeMs, lease }: QueuedDelivery): Step {
  return {
    key: 'id',
    sql: `INSERT INTO delivery (id, verification_id, channel, status, attempts, rounds, ruled_out, due_at, lease_owner,
                           receipt_checks, created_at, expires_at, updated_at)
     SELECT $1, $2, $3, 'QUEUED', 0, 0, '', now_ms() + $4, $5, 0, now_ms(), now_ms() + $6, now_ms() WHERE true
     RETURNING id`,
    params: [id, verificationId, channel, lease === null ? 0 : LEASE_MS, lease, lifeMs],
  };
}
