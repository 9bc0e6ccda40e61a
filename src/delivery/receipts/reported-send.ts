import { query, type Transaction } from '../../database/statement';
import { type LockedDelivery } from '../queue/lock-delivery';
import { type SendResult } from '../send.entity';

/** A send that a receipt is about. */
export interface ReportedSend {
  deliveryId: string;
  /** The names of the providers that the receipt may be from. */
  providers: readonly string[];
  /** Null: the provider knows a message by its delivery id only. */
  providerMessageId: string | null;
}

export interface EarlierSend {
  number: number;
  provider: string;
  result: SendResult;
}

/** Whether the receipt is about the latest accepted send. */
export function isLatestSend(
  { sent_at, provider, provider_message_id }: LockedDelivery,
  { providers, providerMessageId }: ReportedSend,
): boolean {
  if (sent_at === null || provider === null || !providers.includes(provider)) return false;
  return providerMessageId === null || providerMessageId === provider_message_id;
}

/**
 * Finds the newest earlier send that the receipt may be about. A send whose outcome is unknown has no message id of the
 * provider, so every receipt of its provider is about it.
 */
export function* findEarlierSend({
  deliveryId,
  providers,
  providerMessageId,
}: ReportedSend): Transaction<EarlierSend | null> {
  const sends = yield* query<EarlierSend & { provider_message_id: string | null }>(
    `SELECT number, provider, provider_message_id, result FROM send
     WHERE delivery_id = $1 AND result IN ('ACCEPTED', 'NOT_DELIVERED', 'DELIVERED', 'UNKNOWN') ORDER BY number DESC`,
    [deliveryId],
  );
  const ofProvider = sends.filter(({ provider }) => providers.includes(provider));
  const exact = ofProvider.find((send) => send.provider_message_id === providerMessageId);
  const mayBe = ofProvider.find(({ result }) => providerMessageId === null || result === 'UNKNOWN');
  return exact ?? mayBe ?? null;
}

/** Whether an earlier send has arrived, so that a failure of the latest one changes nothing. */
export function* hasArrivedBefore(deliveryId: string): Transaction<boolean> {
  const sends = yield* query(
    `SELECT number FROM send WHERE delivery_id = $1 AND result = 'DELIVERED' LIMIT 1`,
    [deliveryId],
  );
  return sends.length > 0;
}
