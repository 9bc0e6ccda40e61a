import { type Database } from '../database/database';
import { LONGEST_WINDOW_MS } from '../limits/budget.repository';

/**
 * Removes up to `limit` verifications that ended more than `ageMs` ago, oldest first; their deliveries and inbox
 * messages go with them. Every verification has ended when its code has expired. The walk goes by creation, whose
 * index the delivery log needs as well: only what was created a code's life before the line is looked at in vain.
 *
 * @returns how many there were.
 */
export async function purgeVerifications(database: Database, ageMs: number, limit: number): Promise<number> {
  const gone = await database.write(
    `DELETE FROM verification WHERE id IN
       (SELECT id FROM verification WHERE created_at < now_ms() - $1 AND expires_at < now_ms() - $1
        ORDER BY created_at LIMIT $2)
     RETURNING id`,
    [ageMs, limit],
  );
  return gone.length;
}

/**
 * Removes, out of the next `limit` budgets after `after` in the order of their keys, those that no window covers any
 * more. A walk along the primary key, because an index on `updated_at` would have to be moved by every request.
 *
 * @returns how many went, and the last key that was looked at; null when there are no more.
 */
export async function purgeBudgets(
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
