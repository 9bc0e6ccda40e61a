import { type Database } from '../database/database';
import { EVENT_KEPT_MS } from '../events/event-schedule';
import { type EventType } from '../events/event.types';
import { LONGEST_WINDOW_MS } from '../limits/shared-limit-counter';

/**
 * Deletes up to `limit` verifications that expired more than `ageMs` ago, oldest first, with their deliveries
 * and inbox messages. The search is ordered by creation, because the delivery log needs that index anyway. So
 * it also reads verifications that were created before that time but expired after it.
 *
 * A verification with an event that is still sent is kept until the event was accepted or dropped. This matters only
 * when `ageMs` is shorter than the life of an event.
 *
 * @returns the number of deleted verifications.
 */
export async function purgeVerifications(database: Database, ageMs: number, limit: number): Promise<number> {
  const gone = await database.write(
    `DELETE FROM verification WHERE id IN
       (SELECT id FROM verification WHERE created_at < (SELECT now_ms()) - $1 AND expires_at < now_ms() - $1
          AND NOT EXISTS (SELECT 1 FROM event
            WHERE event.verification_id = verification.id AND event.created_at > now_ms() - ${EVENT_KEPT_MS})
        ORDER BY created_at LIMIT $2)
     RETURNING id`,
    [ageMs, limit],
  );
  return gone.length;
}

/**
 * Deletes up to `limit` events that were due for longer than an event lives: EVENTS_URL answered 410, or is not set any
 * more. An event that is still sent is due again and again, and the sender itself drops it.
 *
 * @returns the types of the deleted events.
 */
export async function purgeEvents(database: Database, limit: number): Promise<EventType[]> {
  const gone = await database.write<{ type: EventType }>(
    `DELETE FROM event WHERE id IN (SELECT id FROM event WHERE due_at < (SELECT now_ms()) - ${EVENT_KEPT_MS} ORDER BY due_at LIMIT $1)
     RETURNING type`,
    [limit],
  );
  return gone.map(({ type }) => type);
}

/**
 * Reads the next `limit` limit counters after the key `after`, and deletes the ones whose windows have all ended. It follows the primary key, because every request would have to update an index on `updated_at`.
 *
 * @returns the number of deleted rows, and the last key read; null when there are no more.
 */
export async function purgeLimitCounters(
  database: Database,
  after: string,
  limit: number,
): Promise<{ gone: number; last: string | null }> {
  const [page] = await database.read<{ last: string | null }>(
    `SELECT max(key) AS last FROM (SELECT key FROM budget WHERE key > $1 ORDER BY key LIMIT $2) AS page`,
    [after, limit],
  );
  const last = page!.last;
  if (last === null) return { gone: 0, last };
  const gone = await database.write(
    `DELETE FROM budget WHERE key > $1 AND key <= $2 AND updated_at < now_ms() - ${LONGEST_WINDOW_MS} RETURNING key`,
    [after, last],
  );
  return { gone: gone.length, last };
}
