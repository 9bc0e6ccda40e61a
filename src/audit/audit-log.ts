import { type Database } from '../database/database';
import { AppError } from '../shared/errors';
import { storable } from '../shared/storable';

export interface AuditEvent {
  /** Name of the admin key, or its fingerprint where it has none; `server` for the server itself. */
  actor: string;
  /** The GraphQL field, or what the server did. */
  action: string;
  /** What it is done to; never a recipient. Kept when it can be a name or an id. */
  target: string | null;
  /** What else an operator wants to know later, in a few words; never a secret. */
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

/** What a target may look like: a name or an id. Anything else may be a key in the wrong field, and is not kept. */
const NAME = /^[\p{L}\p{N}._@+:-]{1,254}$/u;

/** The server's own name among the actors. */
export const SERVER = 'server';

/** Records what operators do: who (by their key's name or fingerprint), what, when, and how it ended. */
export class AuditLog {
  constructor(private readonly database: Database) {}

  /**
   * Runs an operator's action and records how it ended. A refused one is recorded too; when the record cannot be
   * written after the action was carried out, the caller is told of that and not of success.
   */
  async recorded<T>(event: AuditEvent, action: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await action();
    } catch (error) {
      const outcome = error instanceof AppError ? error.code : 'INTERNAL_SERVER_ERROR';
      const detail = error instanceof AppError ? error.message : null;
      // The action's own error is what the caller must see, even when the record fails as well.
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
        // A provider's own message may be part of it.
        detail === null ? null : storable(detail),
      ],
    );
  }

  /** Entries newest first: `limit` of them, those before `before` when it is given. */
  async list(limit: number, before: { at: number; id: string } | null): Promise<AuditEntry[]> {
    const condition = before ? `WHERE at < $2 OR (at = $2 AND id < $3)` : '';
    return this.database.read<AuditEntry>(
      `SELECT id, at, actor, action, target, outcome, detail FROM audit_entry ${condition}
       ORDER BY at DESC, id DESC LIMIT $1`,
      before ? [limit, before.at, before.id] : [limit],
    );
  }
}
