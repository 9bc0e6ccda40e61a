import { type Database } from '../database/database';
import { type Channel } from '../recipients/channel';
import { type EventType } from './event.types';

/** How long a claim holds an event, in milliseconds: longer than the receiver may take. */
export const EVENT_LEASE_MS = 30_000;

/** A claimed event with what its body contains. */
export interface ClaimedEvent {
  id: string;
  lease: string;
  type: EventType;
  deliveryId: string | null;
  status: string;
  failure: string | null;
  /** How many sends have failed. */
  attempts: number;
  createdAt: number;
  /** Null, with `purpose`, when an operator suppressed a recipient. */
  verificationId: string | null;
  purpose: string | null;
  suppressionKey: string | null;
  /** Null, with `recipient_sealed`, when the recipient is not suppressed any more. */
  channel: Channel | null;
  /** Encrypted for the verification or, if there is none, for the suppression. Null: the recipient was erased. */
  recipient_sealed: string | null;
  /** The database's clock when the event was claimed. */
  now: number;
}

/**
 * Claims up to `limit` due events, oldest first, under one lease, so that one node sends each. As in `claimDeliveries`,
 * `FOR UPDATE SKIP LOCKED` skips rows that another node is claiming at the same moment.
 *
 * The columns of other tables are subqueries of RETURNING, because SQLite returns columns of the updated table only. A
 * second statement would have to find the claimed rows again.
 */
export function claimEvents(database: Database, lease: string, limit: number): Promise<ClaimedEvent[]> {
  const lock = database.dialect === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
  const ofVerification = (column: string) =>
    `(SELECT ${column} FROM verification WHERE verification.id = event.verification_id)`;
  const ofSuppression = (column: string) =>
    `(SELECT ${column} FROM suppression WHERE suppression.key = event.suppression_key)`;
  const recipient = (column: string) =>
    `coalesce(${ofVerification(column)}, ${ofSuppression(column)}) AS ${column}`;
  return database.write<ClaimedEvent>(
    `UPDATE event SET lease_owner = $1, due_at = now_ms() + ${EVENT_LEASE_MS}
     WHERE id IN (SELECT id FROM event WHERE due_at <= (SELECT now_ms()) ORDER BY due_at LIMIT $2 ${lock})
     RETURNING id, lease_owner AS lease, type, delivery_id AS "deliveryId", status, failure, attempts,
       created_at AS "createdAt", verification_id AS "verificationId", ${ofVerification('purpose')} AS purpose,
       suppression_key AS "suppressionKey", ${recipient('channel')}, ${recipient('recipient_sealed')}, now_ms() AS now`,
    [lease, limit],
  );
}
