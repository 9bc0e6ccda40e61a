import { type Channel } from '../../recipients/channel';
import { type Database } from '../../database/database';

/** An accepted send whose provider is due to be queried for a receipt. */
export interface DueReceipt {
  /** The id of the delivery. */
  id: string;
  /** The number of an earlier send. Null: the latest accepted send of the delivery. */
  number: number | null;
  verification_id: string;
  channel: Channel;
  provider: string;
  provider_message_id: string;
  receipt_checks: number;
  /** When the provider accepted the message. */
  sent_at: number;
  expires_at: number;
  /** The database's clock at the claim. */
  now: number;
}

/**
 * Claims up to `limit` due receipts of latest sends, oldest first, so that only one node queries for each. Each is due
 * again after `againInMs`, in case this node dies before it schedules the next query.
 *
 * As in `claimDeliveries`, `FOR UPDATE SKIP LOCKED` skips rows that another node is claiming at the same moment.
 */
export function claimReceipts(database: Database, limit: number, againInMs: number): Promise<DueReceipt[]> {
  return database.write<DueReceipt>(
    `UPDATE delivery SET receipt_due_at = now_ms() + $2, receipt_checks = receipt_checks + 1
     WHERE id IN (SELECT id FROM delivery WHERE receipt_due_at <= (SELECT now_ms()) ORDER BY receipt_due_at LIMIT $1 ${lockOf(database)})
     RETURNING id, NULL AS number, verification_id, channel, provider, provider_message_id, receipt_checks, sent_at,
       expires_at, now_ms() AS now`,
    [limit, againInMs],
  );
}

/**
 * Like `claimReceipts`, for earlier sends. Their deliveries were passed to another provider, but their receipts may
 * still come.
 */
export function claimEarlierReceipts(
  database: Database,
  limit: number,
  againInMs: number,
): Promise<DueReceipt[]> {
  return database.write<DueReceipt>(
    `UPDATE send SET receipt_due_at = now_ms() + $2, receipt_checks = receipt_checks + 1
     WHERE (delivery_id, number) IN (
       SELECT delivery_id, number FROM send WHERE receipt_due_at <= (SELECT now_ms()) ORDER BY receipt_due_at LIMIT $1 ${lockOf(database)})
     RETURNING delivery_id AS id, number, provider, provider_message_id, receipt_checks, ended_at AS sent_at,
       (SELECT verification_id FROM delivery WHERE delivery.id = delivery_id) AS verification_id,
       (SELECT channel FROM delivery WHERE delivery.id = delivery_id) AS channel,
       (SELECT expires_at FROM delivery WHERE delivery.id = delivery_id) AS expires_at, now_ms() AS now`,
    [limit, againInMs],
  );
}

function lockOf({ dialect }: Database): string {
  return dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
}
