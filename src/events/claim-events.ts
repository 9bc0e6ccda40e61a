import { type Database } from '../database/database';
import { type Channel } from '../recipients/channel';
import { type EventType } from './event.types';

/** How long a claim holds an event, in milliseconds: longer than the receiver may take. */
export const EVENT_LEASE_MS = 30_000;

/** A claimed event with what its body contains. */
export interface ClaimedEvent {
  id: string;
  type: EventType;
  deliveryId: string | null;
  status: string;
  failure: string | null;
  attempts: number;
  createdAt: number;
  /** Null, with `purpose`, when an operator suppressed a recipient. */
  verificationId: string | null;
  purpose: string | null;
  channel: Channel;
  /** Encrypted for the verification or, if there is none, for the suppression. Null: the recipient was erased. */
  recipient_sealed: string | null;
  suppressionKey: string | null;
  /** The database's clock when the event was read. */
  now: number;
}

/**
 * Claims up to `limit` due events, oldest first, under one lease, so that one node sends each. As for deliveries,
 * `FOR UPDATE SKIP LOCKED` passes over rows that another node is claiming at the same moment.
 */
export async function claimEvents(database: Database, lease: string, limit: number): Promise<ClaimedEvent[]> {
  const lock = database.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
  const claimed = await database.write(
    `UPDATE event SET lease_owner = $1, due_at = now_ms() + ${EVENT_LEASE_MS}, attempts = attempts + 1
     WHERE id IN (SELECT id FROM event WHERE due_at <= now_ms() ORDER BY due_at LIMIT $2 ${lock}) RETURNING id`,
    [lease, limit],
  );
  if (claimed.length === 0) return [];
  return database.read<ClaimedEvent>(
    `SELECT event.id, event.type, event.delivery_id AS "deliveryId", event.status, event.failure, event.attempts,
       event.created_at AS "createdAt", verification.id AS "verificationId", purpose,
       coalesce(verification.channel, suppression.channel) AS channel,
       coalesce(verification.recipient_sealed, suppression.recipient_sealed) AS recipient_sealed,
       suppression.key AS "suppressionKey", now_ms() AS now
     FROM event LEFT JOIN verification ON verification.id = event.verification_id
       LEFT JOIN suppression ON suppression.key = event.suppression_key
     WHERE event.lease_owner = $1`,
    [lease],
  );
}
