import { type Channel } from '../../recipients/channel';

/** One refused request, as the API reports it. */
export interface Refusal {
  /** The recipient's blind index, or null where no recipient could be read from the request. */
  recipientKey: string | null;
  /** Null where the refused operation does not say. */
  channel: Channel | null;
  /** The limit's name where a limit refused, else the error's code. */
  reason: string;
}

/** Equal refusals, counted. Empty strings stand for null, because they are part of the table's primary key. */
export interface RefusalCount {
  recipient_key: string;
  channel: Channel | '';
  reason: string;
  count: number;
}

/** Stored counts of one hour. Times are epoch milliseconds. */
export interface StoredRefusal extends RefusalCount {
  hour: number;
  last_at: number;
}
