import { type Database } from '../database/database';
import { type SqlValue } from '../database/statement';

/** Reads of the same kind within this time share an entry, in milliseconds. */
const READ_WINDOW_MS = 60_000;

/** One entry of the audit log. Times are epoch milliseconds. */
export interface AuditEntry {
  id: string;
  at: number;
  /** Time of the last read of an entry that counts reads; otherwise `at`. */
  lastAt: number;
  actor: string;
  action: string;
  target: string | null;
  outcome: string;
  detail: string | null;
  address: string | null;
  recipientKey: string | null;
  /** How often it was done: more than 1 only for reads. */
  count: number;
}

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at' | 'lastAt' | 'count'>;

/** Only entries that meet every given condition. */
export interface AuditFilter {
  actor?: string | null;
  action?: string | null;
  recipientKey?: string | null;
  /** Entries at or after this time. */
  fromMs?: number | null;
  /** Entries before this time. */
  untilMs?: number | null;
}

export interface AuditPosition {
  at: number;
  id: string;
}

export interface AuditPage {
  limit: number;
  /** Begin after this entry; null at the beginning. */
  after: AuditPosition | null;
  order: 'newest first' | 'oldest first';
}

export async function insertEntry(database: Database, entry: NewAuditEntry): Promise<void> {
  await database.write(
    `INSERT INTO audit_entry (id, at, actor, action, target, outcome, detail, address, recipient_key)
     VALUES ($1, now_ms(), $2, $3, $4, $5, $6, $7, $8)`,
    [
      crypto.randomUUID(),
      entry.actor,
      entry.action,
      entry.target,
      entry.outcome,
      entry.detail,
      entry.address,
      entry.recipientKey,
    ],
  );
}

/**
 * Counts a read in the entry of its minute, or adds this entry. It is one statement, and it reads the clock once, because
 * two readings may be in different minutes.
 *
 * @param hash identifies reads that share an entry.
 */
export async function countRead(
  database: Database,
  hash: string,
  read: Pick<AuditEntry, 'actor' | 'action' | 'target' | 'address' | 'recipientKey'>,
): Promise<void> {
  await database.write(
    `INSERT INTO audit_entry
       (id, at, actor, action, target, outcome, detail, address, recipient_key, count, last_at)
     SELECT cast(clock.now / ${READ_WINDOW_MS} AS text) || '-' || cast($1 AS text), clock.now, $2, $3, $4, 'OK', NULL,
       $5, $6, 1, clock.now
     FROM (SELECT now_ms() AS now) AS clock WHERE true
     ON CONFLICT (id) DO UPDATE SET count = audit_entry.count + 1, last_at = excluded.last_at`,
    [hash, read.actor, read.action, read.target, read.address, read.recipientKey],
  );
}

/** Returns one page of the entries that the filter admits. */
export function listEntries(
  database: Database,
  filter: AuditFilter,
  { limit, after, order }: AuditPage,
): Promise<AuditEntry[]> {
  const params: SqlValue[] = [];
  const param = (value: SqlValue) => `$${params.push(value)}`;
  const conditions: string[] = [];
  const given = { actor: filter.actor, action: filter.action, recipient_key: filter.recipientKey };
  for (const [column, value] of Object.entries(given))
    if (value !== null && value !== undefined) conditions.push(`${column} = ${param(value)}`);
  if (typeof filter.fromMs === 'number') conditions.push(`at >= ${param(filter.fromMs)}`);
  if (typeof filter.untilMs === 'number') conditions.push(`at < ${param(filter.untilMs)}`);
  const [direction, beyond] = order === 'newest first' ? ['DESC', '<'] : ['ASC', '>'];
  if (after) {
    const at = param(after.at);
    conditions.push(`at ${beyond}= ${at} AND (at ${beyond} ${at} OR id ${beyond} ${param(after.id)})`);
  }
  return database.read<AuditEntry>(
    `SELECT id, at, coalesce(last_at, at) AS "lastAt", actor, action, target, outcome, detail, address,
       recipient_key AS "recipientKey", count
     FROM audit_entry ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
     ORDER BY at ${direction}, id ${direction} LIMIT ${param(limit)}`,
    params,
  );
}

/** Deletes up to `limit` entries that are older than `ageMs`. @returns the number of deleted entries. */
export async function purgeEntries(database: Database, ageMs: number, limit: number): Promise<number> {
  const gone = await database.write(
    `DELETE FROM audit_entry WHERE id IN
       (SELECT id FROM audit_entry WHERE at < (SELECT now_ms()) - $1 ORDER BY at LIMIT $2)
     RETURNING id`,
    [ageMs, limit],
  );
  return gone.length;
}

/** The database's clock in epoch milliseconds. */
export async function auditClockMs(database: Database): Promise<number> {
  const [row] = await database.read<{ now: number }>(`SELECT now_ms() AS now`);
  return Number(row!.now);
}
