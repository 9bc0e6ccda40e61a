import { type Receipt } from '../../channels/provider.types';

/** A receipt that a provider sends by itself, to one of our webhooks. */
export interface PushedReceipt {
  deliveryId: string;
  /** The names of the providers that this receipt may be from. */
  providers: readonly string[];
  /** The provider's id of the message. Null: the provider knows a message by its delivery id only. */
  providerMessageId: string | null;
  /** `pending` does not occur. */
  receipt: Exclude<Receipt, { state: 'pending' }>;
  /** The provider's own words for it, masked and short, for the log and for `deliveries`. */
  detail: string;
}

/** The effect of a pushed receipt. The values are labels of metrics. */
export type PushedReceiptResult =
  /** It changed the delivery. */
  | 'recorded'
  /** The delivery already has this outcome, or one that outweighs it. */
  | 'unchanged'
  /** Its message belongs to no delivery that is stored here. */
  | 'unmatched'
  /** The outcome of the send is not recorded yet, so the provider must report again. */
  | 'early';

/** Records receipts that providers push. */
export interface PushedReceipts {
  /** @throws DatabaseUnavailable; the provider must report again then. */
  record(pushed: PushedReceipt): Promise<PushedReceiptResult>;
}
