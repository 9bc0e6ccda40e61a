import { type Database } from '../../database/database';
import { query, type SqlValue, type Transaction } from '../../database/statement';
import { HOUR_MS } from '../../shared/clock';
import { type RefusalCount, type StoredRefusal } from './refusal.types';

/** Maximum number of rows of one hour, including the row `OTHER`. An attack must not fill the table. */
export const MAX_ROWS_PER_HOUR = 10_000;

/** The reason of the row that adds up all counts without their own row. */
export const OTHER = 'OTHER';

/**
 * Reads the clock once, because two readings may differ. Both databases divide whole numbers to whole
 * numbers.
 */
const HOUR = `now_ms() / ${HOUR_MS} * ${HOUR_MS}`;

/**
 * The counts of `$1`, a JSON array, as rows. The two databases have different names for their JSON functions.
 */
const ROWS: Record<Database['dialect'], string> = {
  postgres: `json_to_recordset($1::json) AS r(recipient_key text, channel text, reason text, count integer)`,
  sqlite: `(SELECT value->>'recipient_key' AS recipient_key, value->>'channel' AS channel,
    value->>'reason' AS reason, value->>'count' AS count FROM json_each($1)) AS r`,
};

/**
 * Adds counts to the current hour of the database's clock. Counts that would exceed the rows of the hour are
 * added to the row `OTHER`. That row is written first: its lock makes nodes store their counts one after the
 * other, so the limit applies to all nodes together.
 */
export function* addRefusals(
  dialect: Database['dialect'],
  counts: readonly RefusalCount[],
): Transaction<void> {
  const hour = yield* addToOther(0);
  const rest = yield* updateKnown(dialect, hour, counts);
  if (rest.length === 0) return;
  const [stored] = yield* query<{ rows: number }>(`SELECT count(*) AS rows FROM refusal WHERE hour = $1`, [
    hour,
  ]);
  const free = Math.max(0, MAX_ROWS_PER_HOUR - Number(stored!.rows));
  yield* insertNew(dialect, hour, rest.slice(0, free));
  const left = rest.slice(free).reduce((sum, { count }) => sum + count, 0);
  if (left > 0) yield* addToOther(left);
}

/** @returns the hour whose row `OTHER` the transaction now locks. */
function* addToOther(count: number): Transaction<number> {
  const [row] = yield* query<{ hour: number }>(
    `INSERT INTO refusal (recipient_key, hour, channel, reason, count, last_at)
     VALUES ('', ${HOUR}, '', '${OTHER}', $1, now_ms())
     ON CONFLICT (recipient_key, hour, channel, reason)
     DO UPDATE SET count = refusal.count + excluded.count, last_at = excluded.last_at RETURNING hour`,
    [count],
  );
  return row!.hour;
}

/**
 * Adds counts to existing rows. The look-up goes from the counts to the primary key of the table, because the
 * other direction would read all rows of the hour for each count.
 *
 * @returns the counts that have no row yet.
 */
function* updateKnown(
  dialect: Database['dialect'],
  hour: number,
  counts: readonly RefusalCount[],
): Transaction<RefusalCount[]> {
  const known = yield* query<RefusalCount>(
    `INSERT INTO refusal (recipient_key, hour, channel, reason, count, last_at)
     SELECT r.recipient_key, $2, r.channel, r.reason, r.count, now_ms() FROM ${ROWS[dialect]}
     WHERE EXISTS (SELECT 1 FROM refusal AS known WHERE known.recipient_key = r.recipient_key AND known.hour = $2
       AND known.channel = r.channel AND known.reason = r.reason)
     ON CONFLICT (recipient_key, hour, channel, reason)
     DO UPDATE SET count = refusal.count + excluded.count, last_at = excluded.last_at
     RETURNING recipient_key, channel, reason`,
    [JSON.stringify(counts), hour],
  );
  const keys = new Set(known.map(keyOf));
  return counts.filter((count) => !keys.has(keyOf(count)));
}

function* insertNew(
  dialect: Database['dialect'],
  hour: number,
  counts: readonly RefusalCount[],
): Transaction<void> {
  if (counts.length === 0) return;
  yield* query(
    `INSERT INTO refusal (recipient_key, hour, channel, reason, count, last_at)
     SELECT r.recipient_key, $2, r.channel, r.reason, r.count, now_ms() FROM ${ROWS[dialect]}`,
    [JSON.stringify(counts), hour],
  );
}

/** Equal for counts that share a row within an hour. */
export function keyOf({ recipient_key, channel, reason }: Omit<RefusalCount, 'count'>): string {
  return `${recipient_key} ${channel} ${reason}`;
}

export interface RefusalPosition {
  hour: number;
  recipient_key: string;
  channel: string;
  reason: string;
}

/**
 * Returns up to `limit` rows after a position, newest hour first; with an index, only rows of that recipient.
 */
export function listRefusals(
  database: Database,
  recipientKey: string | null,
  limit: number,
  after: RefusalPosition | null,
): Promise<StoredRefusal[]> {
  const params: SqlValue[] = [];
  const param = (value: SqlValue) => `$${params.push(value)}`;
  const conditions = ['count > 0'];
  if (recipientKey !== null) conditions.push(`recipient_key = ${param(recipientKey)}`);
  if (after) {
    const hour = param(after.hour);
    const key = [after.recipient_key, after.channel, after.reason].map(param).join(', ');
    conditions.push(`hour <= ${hour} AND (hour < ${hour} OR (recipient_key, channel, reason) > (${key}))`);
  }
  return database.read<StoredRefusal>(
    `SELECT recipient_key, hour, channel, reason, count, last_at FROM refusal WHERE ${conditions.join(' AND ')}
     ORDER BY hour DESC, recipient_key, channel, reason LIMIT ${param(limit)}`,
    params,
  );
}

/**
 * Deletes up to `limit` rows of hours that began more than `ageMs` ago. @returns the number of deleted rows.
 */
export async function purgeRefusals(database: Database, ageMs: number, limit: number): Promise<number> {
  const gone = await database.write(
    `DELETE FROM refusal WHERE (recipient_key, hour, channel, reason) IN
       (SELECT recipient_key, hour, channel, reason FROM refusal WHERE hour < (SELECT now_ms()) - $1 ORDER BY hour LIMIT $2)
     RETURNING hour`,
    [ageMs, limit],
  );
  return gone.length;
}

/** Deletes the rows of one recipient. */
export function* eraseRefusals(recipientKey: string): Transaction<void> {
  yield* query(`DELETE FROM refusal WHERE recipient_key = $1`, [recipientKey]);
}
