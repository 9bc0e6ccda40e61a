import { type Channel } from '../recipients/channel';
import { type ClaimedDeliveryRow } from './queue/claim-deliveries';
import { type Progress } from './retry-policy';

/** One claim of one delivery. */
export interface Job extends Progress {
  id: string;
  verificationId: string;
  channel: Channel;
  lease: string;
  /** Epoch milliseconds, or null when no earlier try may have succeeded unseen. */
  uncertainSince: number | null;
  /** When this node got the claim, by its monotonic clock. */
  claimedAt: number;
  /** How old the delivery was then, in milliseconds. */
  ageAtClaimMs: number;
  /** The provider may have the message by now: to send it again would be to send it twice. */
  handed?: true;
}

/** @param claimedAt when this node asked for the claim, by its monotonic clock. */
export function toJob(row: ClaimedDeliveryRow, claimedAt: number): Job {
  return {
    id: row.id,
    verificationId: row.verification_id,
    channel: row.channel,
    lease: row.lease_owner,
    provider: row.provider,
    ruledOut: row.ruled_out === '' ? [] : row.ruled_out.split(','),
    rounds: row.rounds,
    unknownOutcomes: row.unknown_outcomes,
    uncertainSince: row.uncertain_since,
    claimedAt,
    ageAtClaimMs: row.now - row.created_at,
  };
}
