import { type Database } from '../database/database';
import { AppError } from '../shared/errors';
import { toStorableText } from '../shared/to-storable-text';

export interface AuditEvent {
  /** Name of the admin key, or its fingerprint if it has no name; `server` for the server itself. */
  actor: string;
  /** The GraphQL field, or the action of the server. */
  action: string;
  /** The target of the action; never a recipient. Stored only if it can be a name or an id. */
  target: string | null;
  /** What else an operator may need to know later, in a few words; never a secret. */
  detail?: string | null;
}

export interface AuditEntry {
  id: string;
  at: number;
  actor: string;
  action: string;
  target: string | null;
  outcome: string;
  detail: string | null;
}

/** The form of a target: a name or an id. Any other text may be a key in the wrong field, and is not stored. */
const NAME = /^[\p{L}\p{N}._@+:-]{1,254}$/u;

/** The name of the server in the field `actor`. */
export const SERVER = 'server';

/**
 * Records the actions of operators: who (by the name or fingerprint of the key), what, when, and the outcome.
 */
export class AuditLog {
  constructor(private readonly database: Database) {}

  /**
   * Runs an action of an operator and records its outcome, even if it is refused. If the record cannot be
   * stored after the action was done, the caller receives this error instead of success.
   */
  async recorded<T>(event: AuditEvent, action: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await action();
    } catch (error) {
      const outcome = error instanceof AppError ? error.code : 'INTERNAL_SERVER_ERROR';
      const detail = error instanceof AppError ? error.message : null;
      // The caller must receive the error of the action, even when the record fails as well.
      await this.record({ ...event, detail }, outcome).catch(() => undefined);
      throw error;
    }
    await this.record(event, 'OK');
    return result;
  }

  async record({ actor, action, target, detail = null }: AuditEvent, outcome = 'OK'): Promise<void> {
    await this.database.write(
      `INSERT INTO audit_entry (id, at, actor, action, target, outcome, detail)
       VALUES ($1, now_ms(), $2, $3, $4, $5, $6)`,
      [
        crypto.randomUUID(),
        actor,
        action,
        target !== null && NAME.test(target) ? target : null,
        outcome,
        // It may contain the message of a provider.
        detail === null ? null : toStorableText(detail),
      ],
    );
  }

  /** Returns `limit` entries, newest first; with `before`, only entries before it. */
  async list(limit: number, before: { at: number; id: string } | null): Promise<AuditEntry[]> {
    const condition = before ? `WHERE at < $2 OR (at = $2 AND id < $3)` : '';
    return this.database.read<AuditEntry>(
      `SELECT id, at, actor, action, target, outcome, detail FROM audit_entry ${condition}
       ORDER BY at DESC, id DESC LIMIT $1`,
      before ? [limit, before.at, before.id] : [limit],
    );
  }
}
