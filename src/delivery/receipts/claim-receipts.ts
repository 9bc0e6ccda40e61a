import { type Channel } from '../../recipients/channel';
import { type Database } from '../../database/database';

/** A sent delivery whose provider is due to be queried for a receipt. */
export interface DueReceipt {
  id: string;
  verification_id: string;
  channel: Channel;
  provider: string;
  provider_message_id: string;
  receipt_checks: number;
  expires_at: number;
  /** The database's clock at the claim. */
  now: number;
}

/**
 * Claims up to `limit` due receipts, oldest first, so that each is queried by one node. Each is due again after
 * `againInMs`, in case this node dies before it schedules the next query.
 *
 * As in `claimDeliveries`, `FOR UPDATE SKIP LOCKED` skips rows that another node is claiming at the same moment.
 */
export function claimReceipts(database: Database, limit: number, againInMs: number): Promise<DueReceipt[]> {
  const lock = database.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
  return database.write<DueReceipt>(
    `UPDATE delivery SET receipt_due_at = now_ms() + $2, receipt_checks = receipt_checks + 1
     WHERE id IN (SELECT id FROM delivery WHERE receipt_due_at <= now_ms() ORDER BY receipt_due_at LIMIT $1 ${lock})
     RETURNING id, verification_id, channel, provider, provider_message_id, receipt_checks, expires_at, now_ms() AS now`,
    [limit, againInMs],
  );
}
