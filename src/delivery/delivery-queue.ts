import { type Channel } from '../recipients/channel';
import { type Step } from '../database/chain';

/** How long a claim holds a delivery, in milliseconds: longer than a look-up and a send, 10 s each, may take. */
export const LEASE_MS = 30_000;

export interface NewDelivery {
  id: string;
  verificationId: string;
  channel: Channel;
  /** What is left of the code's life, in milliseconds. */
  lifeMs: number;
  /** The claim of the node that will send it at once, or null: then whichever node is free takes it. */
  lease: string | null;
}

/**
 * Puts a delivery into the queue, inside the transaction that accepts its code. It is born leased to the node that
 * accepted it, which saves the claim; should that node die, the lease ends like any other.
 */
export function queued({ id, verificationId, channel, lifeMs, lease }: NewDelivery): Step {
  return {
    key: 'id',
    sql: `INSERT INTO delivery (id, verification_id, channel, status, attempts, rounds, ruled_out, due_at, lease_owner,
                           receipt_checks, created_at, expires_at, updated_at)
     SELECT $1, $2, $3, 'QUEUED', 0, 0, '', now_ms() + $4, $5, 0, now_ms(), now_ms() + $6, now_ms() WHERE true
     RETURNING id`,
    params: [id, verificationId, channel, lease === null ? 0 : LEASE_MS, lease, lifeMs],
  };
}

/** Records that nothing had to be sent: the recipient's code is fixed for tests. */
export function deliveredAtOnce({ id, verificationId, channel, lifeMs }: NewDelivery): Step {
  return {
    key: 'id',
    sql: `INSERT INTO delivery (id, verification_id, channel, status, provider, attempts, rounds, ruled_out,
                           receipt_checks, created_at, expires_at, updated_at)
     SELECT $1, $2, $3, 'DELIVERED', 'none', 0, 0, '', 0, now_ms(), now_ms() + $4, now_ms() WHERE true
     RETURNING id`,
    params: [id, verificationId, channel, lifeMs],
  };
}
