import { type Channel } from '../../recipients/channel';
import { type Database } from '../../database/database';
import { LEASE_MS } from './lease';

/** A claimed delivery as it is stored. */
export interface ClaimedDeliveryRow {
  id: string;
  verification_id: string;
  channel: Channel;
  provider: string | null;
  starts_after: string | null;
  rounds: number;
  settlings: number;
  unknown_outcomes: number;
  ruled_out: string;
  uncertain_since: number | null;
  lease_owner: string;
  created_at: number;
  /** The database's clock at the claim. */
  now: number;
}

/**
 * Claims up to `limit` due deliveries, oldest first, under one lease.
 *
 * - PostgreSQL: `FOR UPDATE SKIP LOCKED` skips rows that another node is claiming at the same moment. Without it the
 *   second node would wait for the first one's commit and then get fewer rows than it can send, or none. SQLite has one
 *   writer, so claims never overlap.
 * - Selecting and updating is one statement, so that a claim costs one round trip and one commit.
 * - The lease is a column and not a row lock. A lock would need an open transaction, and so a connection of the pool,
 *   for as long as the provider takes. A lease also expires by itself when its node dies, because `due_at` is the time
 *   of its expiry.
 * - `delivery_due` is an index of the queued rows only, so the cost of a claim does not grow with the number of stored
 *   deliveries. It does not grow with the number of queued deliveries that are not due either: see `Statement` for
 *   `(SELECT now_ms())`.
 *
 * If a lease expired without an outcome, its node may have sent the message. The row is then marked uncertain since the
 * time of that claim, so that the next node looks the message up before it sends it.
 */
export function claimDeliveries(
  database: Database,
  lease: string,
  limit: number,
): Promise<ClaimedDeliveryRow[]> {
  const lock = database.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
  return database.write<ClaimedDeliveryRow>(
    `UPDATE delivery SET lease_owner = $1, due_at = now_ms() + ${LEASE_MS}, updated_at = now_ms(),
       uncertain_since = CASE WHEN lease_owner IS NULL THEN uncertain_since ELSE coalesce(uncertain_since, updated_at) END
     WHERE id IN (SELECT id FROM delivery WHERE due_at <= (SELECT now_ms()) ORDER BY due_at LIMIT $2 ${lock})
     RETURNING id, verification_id, channel, provider, starts_after, rounds, settlings, unknown_outcomes, ruled_out,
       uncertain_since, lease_owner, created_at, now_ms() AS now`,
    [lease, limit],
  );
}
