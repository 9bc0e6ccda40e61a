import { type Channel } from '../../recipients/channel';
import { type RefusalCause } from './refusal-cause';

/** One refused request, as the API reports it. */
export interface Refusal extends RefusalCause {
  /** Blind index of the recipient, or null when the request contained no valid recipient. */
  recipientKey: string | null;
  /** Null when the refused operation does not contain it. */
  channel: Channel | null;
}

/** A count of equal refusals. Empty strings replace null, because they are part of the table's primary key. */
export interface RefusalCount {
  recipient_key: string;
  channel: Channel | '';
  /** As `encodeCause` returns it. */
  reason: string;
  count: number;
}

/** Stored counts of one hour. Times are epoch milliseconds. */
export interface StoredRefusal extends RefusalCount {
  hour: number;
  last_at: number;
}
