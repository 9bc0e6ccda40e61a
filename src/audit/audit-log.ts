import { hash } from 'node:crypto';
import { type Database } from '../database/database';
import { isStorable } from '../database/storable-text';
import { AppError } from '../shared/errors';
import { toStorableText } from '../shared/to-storable-text';
import {
  type AuditEntry,
  type AuditFilter,
  type AuditPage,
  auditClockMs,
  countRead,
  insertEntry,
  listEntries,
} from './audit-entry.repository';

/** Who does something, and from where. */
export interface Operator {
  /** Name of the admin key, or its fingerprint if it has no name; `server` for the server, `cli` for a command. */
  actor: string;
  /** The address of the caller; null or missing for the server and for commands. */
  address?: string | null;
}

export interface AuditEvent extends Operator {
  /** The GraphQL field, the command, or the action of the server. */
  action: string;
  /** The target of the action; never a recipient. Stored only if it can be a name or an id. */
  target: string | null;
  /** What else an operator may need to know later, in a few words; never a secret. */
  detail?: string | null;
  /** Blind index of the recipient whose data the action concerns, if it concerns one. */
  recipientKey?: string | null;
}

/** A read of recipients' data. */
export interface AuditedRead extends Operator {
  /** The GraphQL field or the command. */
  action: string;
  /** The id of the verification that was asked for; null when none was. Stored only if it can be an id. */
  target: string | null;
  /** Blind index of the recipient; null when the read concerns many recipients. */
  recipientKey: string | null;
}

/** The form of a target: a name or an id. Any other text may be a key in the wrong field, and is not stored. */
const NAME = /^[\p{L}\p{N}._@+:-]{1,254}$/u;

/** The name of the server in the field `actor`. */
export const SERVER = 'server';
/** The name of commands on the server's machine in the field `actor`. */
export const CLI = 'cli';

/** Enough of a hash to distinguish the reads of one minute: 128 bits in base64url. */
const HASH_CHARACTERS = 22;
/** Number of entries that an export reads at once. */
const EXPORT_PAGE = 500;

/**
 * Records what operators do and which recipients' data they read: who (by the name or fingerprint of the key), from where,
 * what, whose data, when, and the outcome.
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

  async record(event: AuditEvent, outcome = 'OK'): Promise<void> {
    const { actor, action, target, detail = null, address = null, recipientKey = null } = event;
    await insertEntry(this.database, {
      actor,
      action,
      target: nameOrNull(target),
      outcome,
      // It may contain the message of a provider.
      detail: detail === null ? null : toStorableText(detail),
      address,
      recipientKey,
    });
  }

  /**
   * Records a read of recipients' data. Equal reads of one minute share an entry that counts them, so that a list that
   * refreshes itself does not fill the log. It is one statement.
   */
  async recordRead({ actor, action, address = null, target, recipientKey }: AuditedRead): Promise<void> {
    const read = { actor, action, target: nameOrNull(target), address, recipientKey };
    const shared = hash('sha256', JSON.stringify(Object.values(read)), 'base64url');
    await countRead(this.database, shared.slice(0, HASH_CHARACTERS), read);
  }

  /** Returns one page of the entries that the filter admits. */
  async list(filter: AuditFilter, page: AuditPage): Promise<AuditEntry[]> {
    // No entry has a text that cannot be stored.
    if (![filter.actor ?? '', filter.action ?? ''].every(isStorable)) return [];
    return listEntries(this.database, filter, page);
  }

  /**
   * Reads the entries of a time in pages, oldest first, so that a log of any size fits into memory. Entries that are added
   * meanwhile are not read.
   */
  async *pages({
    fromMs,
    untilMs,
  }: {
    fromMs: number | null;
    untilMs: number;
  }): AsyncGenerator<AuditEntry[]> {
    let after: AuditEntry | null = null;
    do {
      const page: AuditPage = { limit: EXPORT_PAGE, after, order: 'oldest first' };
      const entries = await this.list({ fromMs, untilMs }, page);
      if (entries.length > 0) yield entries;
      after = entries.length === EXPORT_PAGE ? entries.at(-1)! : null;
    } while (after !== null);
  }

  /** The clock of the entries' times, in epoch milliseconds. */
  nowMs(): Promise<number> {
    return auditClockMs(this.database);
  }
}

function nameOrNull(target: string | null): string | null {
  return target !== null && NAME.test(target) ? target : null;
}
