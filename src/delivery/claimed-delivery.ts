import { type OutgoingMessage } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type ClaimedDeliveryRow } from './queue/claim-deliveries';
import { type Claim } from './queue/lease';
import { NEW_DELIVERY, type Progress } from './failover-rule';

/** A delivery that this node holds the lease of, from its claim until its outcome is recorded. */
export interface ClaimedDelivery extends Claim, Progress {
  verificationId: string;
  channel: Channel;
  /** When the first send with an unknown outcome began, in epoch milliseconds. Null: no outcome is unknown. */
  uncertainSince: number | null;
  /** When this node asked for the claim, by its monotonic clock. */
  claimedAt: number;
  /** How old the delivery was when it was claimed, in milliseconds. */
  ageAtClaimMs: number;
  /**
   * Composes the message without reading the database. Null: another node accepted the request, or an earlier claim
   * ended.
   */
  composeFresh: (() => OutgoingMessage) | null;
  /**
   * - `waiting`: no provider has been called under this claim.
   * - `sending`: a provider was called, so a send under another claim could deliver the message twice.
   * - `recorded`: the outcome is stored, so a later claim of the same delivery is independent of this one.
   */
  stage: 'waiting' | 'sending' | 'recorded';
}

/** A delivery of a request that this node has just accepted, under a lease of this node. */
export interface FreshDelivery extends Claim {
  verificationId: string;
  channel: Channel;
  startsAfter: string | null;
}

export function fromFreshDelivery(
  { id, lease, verificationId, channel, startsAfter }: FreshDelivery,
  composeFresh: () => OutgoingMessage,
): ClaimedDelivery {
  return {
    id,
    lease,
    verificationId,
    channel,
    ...NEW_DELIVERY,
    startsAfter,
    uncertainSince: null,
    claimedAt: performance.now(),
    ageAtClaimMs: 0,
    composeFresh,
    stage: 'waiting',
  };
}

/** @param claimedAt when this node asked for the claim, by its monotonic clock. */
export function fromClaimedRow(row: ClaimedDeliveryRow, claimedAt: number): ClaimedDelivery {
  return {
    id: row.id,
    lease: row.lease_owner,
    verificationId: row.verification_id,
    channel: row.channel,
    provider: row.provider,
    ruledOut: row.ruled_out === '' ? [] : row.ruled_out.split(','),
    startsAfter: row.starts_after,
    rounds: row.rounds,
    settlings: row.settlings,
    unknownOutcomes: row.unknown_outcomes,
    uncertainSince: row.uncertain_since,
    claimedAt,
    ageAtClaimMs: row.now - row.created_at,
    composeFresh: null,
    stage: 'waiting',
  };
}
