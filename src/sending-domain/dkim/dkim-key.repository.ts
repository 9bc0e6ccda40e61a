import { type Database } from '../../database/database';
import { query, type SqlValue, type Transaction } from '../../database/statement';
import { isStorable } from '../../database/storable-text';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/clock';
import { type DkimKeyEntity } from './dkim-key.entity';

/** A stored key. The private key is encrypted. */
export type DkimKeyRow = Readonly<DkimKeyEntity>;

/** A key that is due for a check, with the database's time. */
export interface WatchedKey extends DkimKeyRow {
  now: number;
}

/**
 * How long SES looks for a record (Amazon SES Developer Guide, "Provide your own DKIM authentication token").
 */
export const CONFIRMATION_MS = 72 * HOUR_MS;
/**
 * Mail that was signed with the old key may wait in queues for up to five days (RFC 5321, section 4.5.4.1),
 * and is checked when it arrives. The record must exist until then, with a margin.
 */
const REMOVAL_AFTER_MS = 7 * DAY_MS;
/** Maximum number of keys in one answer; more than a domain ever has. */
const LONGEST_LIST = 500;
/** How soon SES is first asked about a key after it was given to SES. */
const FIRST_CHECK_MS = MINUTE_MS;

const COLUMNS = `id, domain, selector, bits, public_key AS "publicKey", private_key_sealed AS "privateKeySealed", state,
  created_at AS "createdAt", published_at AS "publishedAt", pending_at AS "pendingAt", handed_at AS "acceptedAt", active_at AS "activeAt",
  failed_at AS "failedAt", retired_at AS "retiredAt", removal_safe_at AS "removalSafeAt", failure, drift,
  drift_since AS "driftSince", watched_at AS "watchedAt", watch_due_at AS "watchDueAt"`;

/** The statements on DKIM keys. Every change of state names the states in which it is allowed. */
export class DkimKeyRepository {
  constructor(private readonly database: Database) {}

  /** False when the selector was used before for the domain, even by a retired key. */
  async insert(
    key: Pick<DkimKeyRow, 'id' | 'domain' | 'selector' | 'bits' | 'publicKey' | 'privateKeySealed'>,
  ): Promise<boolean> {
    const rows = await this.database.write(
      `INSERT INTO dkim_key (id, domain, selector, bits, public_key, private_key_sealed, state, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, 'CREATED', now_ms()) ON CONFLICT (domain, selector) DO NOTHING RETURNING id`,
      [key.id, key.domain, key.selector, key.bits, key.publicKey, key.privateKeySealed],
    );
    return rows.length === 1;
  }

  /** Null for an unknown id, and for a text that cannot be an id. */
  async find(id: string): Promise<DkimKeyRow | null> {
    if (!isStorable(id)) return null;
    const [row] = await this.database.read<DkimKeyRow>(`SELECT ${COLUMNS} FROM dkim_key WHERE id = $1`, [id]);
    return row ?? null;
  }

  /** The keys of a domain, or of all domains, newest first. */
  async list(domain: string | null): Promise<DkimKeyRow[]> {
    return this.database.read<DkimKeyRow>(
      `SELECT ${COLUMNS} FROM dkim_key ${domain === null ? '' : 'WHERE domain = $1'} ORDER BY created_at DESC, id LIMIT ${LONGEST_LIST}`,
      domain === null ? [] : [domain],
    );
  }

  /** Records that the correct record was found in DNS. */
  async publish(id: string): Promise<void> {
    await this.database.write(
      `UPDATE dkim_key SET state = CASE WHEN state = 'CREATED' THEN 'PUBLISHED' ELSE state END, published_at = now_ms()
       WHERE id = $1 AND published_at IS NULL`,
      [id],
    );
  }

  /**
   * Records that the key is about to be given to SES. The watcher follows it whatever the outcome is. False
   * when the key is retired.
   */
  async begin({ id }: DkimKeyRow): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE dkim_key SET state = 'PENDING', pending_at = now_ms(), handed_at = NULL, failed_at = NULL, failure = NULL,
         drift = NULL, drift_since = NULL, watch_due_at = now_ms() + ${FIRST_CHECK_MS}
       WHERE id = $1 AND state <> 'RETIRED' RETURNING id`,
      [id],
    );
    return rows.length === 1;
  }

  /** Restores the state before `begin`, because SES refused the key. */
  async undo({ id, state, pendingAt, acceptedAt, failedAt, failure, watchDueAt }: DkimKeyRow): Promise<void> {
    await this.database.write(
      `UPDATE dkim_key SET state = $2, pending_at = $3, handed_at = $4, failed_at = $5, failure = $6, watch_due_at = $7
       WHERE id = $1 AND state = 'PENDING' AND handed_at IS NULL`,
      [id, state, pendingAt, acceptedAt, failedAt, failure, watchDueAt],
    );
  }

  /**
   * Records that SES accepted the key. A previous key that was still waiting will not be used, and what SES
   * reports about the domain is now about this key.
   */
  async recordAccepted(key: DkimKeyRow): Promise<void> {
    await this.database.transaction(function* () {
      yield* query(`UPDATE dkim_key SET handed_at = now_ms() WHERE id = $1 AND state = 'PENDING'`, [key.id]);
      yield* retire(key, `state = 'PENDING'`);
      yield* query(
        `UPDATE dkim_key SET watch_due_at = NULL, drift = NULL, drift_since = NULL WHERE domain = $1 AND id <> $2`,
        [key.domain, key.id],
      );
    });
  }

  /**
   * Records that SES signs with the key, and retires the previous ones. False when the key was changed after
   * it was read.
   */
  async activate(key: DkimKeyRow): Promise<boolean> {
    return this.database.transaction(function* (): Transaction<boolean> {
      const [active] = yield* query(
        `UPDATE dkim_key SET state = 'ACTIVE', active_at = now_ms(), failed_at = NULL, failure = NULL,
           watch_due_at = now_ms()
         WHERE id = $1 AND ${AS_READ} RETURNING id`,
        asRead(key),
      );
      if (!active) return false;
      yield* retire(key, `state IN ('ACTIVE', 'FAILED') AND pending_at IS NOT NULL`);
      return true;
    });
  }

  /**
   * Records that SES did not accept or confirm the key. The previous key is checked immediately, because SES
   * may have stopped signing with it. False when the key was changed after it was read.
   *
   * @param nextCheckInMs when the failed key is checked again, or null for never.
   */
  async fail(key: DkimKeyRow, reason: string, nextCheckInMs: number | null): Promise<boolean> {
    return this.database.transaction(function* (): Transaction<boolean> {
      const [failed] = yield* query(
        `UPDATE dkim_key SET state = 'FAILED', failed_at = now_ms(), failure = $5, watch_due_at = now_ms() + $6
         WHERE id = $1 AND ${AS_READ} RETURNING id`,
        [...asRead(key), reason, nextCheckInMs],
      );
      if (!failed) return false;
      yield* query(
        `UPDATE dkim_key SET watch_due_at = now_ms() WHERE domain = $1 AND id <> $2 AND state = 'ACTIVE'`,
        [key.domain, key.id],
      );
      return true;
    });
  }

  /** Retires all keys of a domain, whose identity was deleted. */
  async retireAll(domain: string): Promise<void> {
    await this.database.transaction(() =>
      retire({ id: '', domain }, `state IN ('PENDING', 'ACTIVE', 'FAILED') AND pending_at IS NOT NULL`),
    );
  }

  /** Retires one key. */
  async retireOne({ id, domain }: DkimKeyRow): Promise<void> {
    await this.database.transaction(() => retire({ id: '', domain }, `id = $3 AND state <> 'RETIRED'`, [id]));
  }

  /**
   * Returns the keys that are due. A time far in the future was written by a clock that was wrong, so it
   * counts as due.
   */
  due(limit: number): Promise<WatchedKey[]> {
    return this.database.read<WatchedKey>(
      `SELECT ${COLUMNS}, now_ms() AS now FROM dkim_key
       WHERE watch_due_at <= now_ms() OR watch_due_at > now_ms() + ${DAY_MS} ORDER BY watch_due_at LIMIT $1`,
      [limit],
    );
  }

  /**
   * Stores what the watcher found and the time of the next check. False when the key was changed after it was
   * read.
   */
  async watched(
    key: DkimKeyRow,
    { drift = key.drift, dueInMs }: { drift?: string | null; dueInMs: number | null },
  ): Promise<boolean> {
    const rows = await this.database.write(
      `UPDATE dkim_key SET watched_at = now_ms(), watch_due_at = now_ms() + $6, drift = $5,
         drift_since = CASE WHEN cast($5 AS text) IS NULL THEN NULL ELSE coalesce(drift_since, now_ms()) END
       WHERE id = $1 AND ${AS_READ} RETURNING id`,
      [...asRead(key), drift, dueInMs],
    );
    return rows.length === 1;
  }

  /** The number of keys by state, and how many of them have drifted. */
  count(): Promise<{ state: string; keys: number; drifted: number }[]> {
    return this.database.read(
      `SELECT state, count(*) AS keys, count(drift) AS drifted FROM dkim_key GROUP BY state`,
    );
  }
}

/** The row is unchanged since it was read. An operator may have changed it while SES or DNS was queried. */
const AS_READ = 'state = $2 AND watch_due_at = $3 AND coalesce(pending_at, 0) = $4';

function asRead({ id, state, watchDueAt, pendingAt }: DkimKeyRow): SqlValue[] {
  return [id, state, watchDueAt, pendingAt ?? 0];
}

/** Retired keys are not used any more, so their private keys are deleted. */
function* retire(
  except: { id: string; domain: string },
  condition: string,
  params: readonly SqlValue[] = [],
): Transaction<void> {
  yield* query(
    `UPDATE dkim_key SET state = 'RETIRED', retired_at = now_ms(), removal_safe_at = now_ms() + ${REMOVAL_AFTER_MS},
       private_key_sealed = '', watch_due_at = NULL, failure = NULL, drift = NULL, drift_since = NULL
     WHERE domain = $1 AND id <> $2 AND ${condition}`,
    [except.domain, except.id, ...params],
  );
}
