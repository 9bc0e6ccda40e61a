import { type Statement } from '../../database/statement';
import { type Channel } from '../../recipients/channel';
import { LEASE_MS } from './lease';

export interface NewDelivery {
  id: string;
  verificationId: string;
  channel: Channel;
  /** The time until the code expires, in milliseconds. */
  lifeMs: number;
  /** DELIVERED: nothing has to be sent, because the recipient has a fixed code for tests. */
  status: 'QUEUED' | 'DELIVERED';
  /** The lease of the node that will send the delivery at once. Null: any node may claim it. */
  lease: string | null;
  /** The list of providers begins after this one. Null: it begins with the first one. */
  startsAfter: string | null;
}

/**
 * Stores a delivery, inside the transaction that accepts its code. The node that accepts the code already holds the
 * delivery's lease, which saves the claim. If that node dies, the lease expires like any other.
 *
 * The batch statement in src/verification/request/accept-request.ts must store the same columns.
 */
export function insertDelivery(delivery: NewDelivery): Statement {
  const { id, verificationId, channel, status, lease, lifeMs, startsAfter } = delivery;
  return {
    sql: `INSERT INTO delivery (id, verification_id, channel, status, provider, attempts, rounds, ruled_out, due_at,
        lease_owner, starts_after, receipt_checks, created_at, expires_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, 0, 0, '', now_ms() + cast($6 AS bigint), $7, $9, 0, now_ms(), now_ms() + $8,
        now_ms())`,
    params: [
      id,
      verificationId,
      channel,
      status,
      providerOf(delivery),
      dueInMs(delivery),
      lease,
      lifeMs,
      startsAfter,
    ],
  };
}

/** When any node may claim the delivery, in milliseconds from now; null when it is never sent. */
export function dueInMs({ status, lease }: NewDelivery): number | null {
  if (status === 'DELIVERED') return null;
  return lease === null ? 0 : LEASE_MS;
}

/** The provider is known in advance only when nothing is sent. */
export function providerOf({ status }: NewDelivery): string | null {
  return status === 'DELIVERED' ? 'none' : null;
}
