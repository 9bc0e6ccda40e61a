import { type DeliveryFailure } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Database } from '../database/database';
import { type SqlValue } from '../database/statement';
import { type DeliveryStatus } from '../delivery/delivery.entity';
import { findSends, type LoggedSend } from './delivery-sends';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type Recipient } from '../recipients/recipient';

/** One message as operators see it. Times are epoch milliseconds. */
export interface LoggedDelivery {
  id: string;
  verificationId: string;
  recipient: Recipient;
  purpose: string;
  status: DeliveryStatus;
  failure: DeliveryFailure | null;
  provider: string | null;
  providerMessageId: string | null;
  sendCount: number;
  /** Every send, in order. */
  sends: LoggedSend[];
  lastError: string | null;
  createdAt: number;
  sentAt: number | null;
  updatedAt: number;
}

export interface DeliveryFilter {
  status?: DeliveryStatus | null;
  failure?: DeliveryFailure | null;
  channel?: Channel | null;
  recipient?: Recipient | null;
}

/**
 * The position of an entry in the log: its verification, and its position among the messages of that
 * verification.
 */
export interface LogPosition {
  verification: { at: number; id: string };
  /** Null means after the last message. */
  delivery: { at: number; id: string } | null;
}

export interface LogPage {
  deliveries: { delivery: LoggedDelivery; position: LogPosition }[];
  /**
   * Where to continue, or null at the end. With a rare filter a page may have few entries although another
   * page follows.
   */
  next: LogPosition | null;
}

interface LogRow extends Omit<LoggedDelivery, 'recipient' | 'sends'> {
  channel: Channel;
  recipient_sealed: string;
  verification_created_at: number;
}

/**
 * Number of verifications that one page searches for matches. It limits the cost of a query for any size of
 * the table.
 */
const WINDOW = 2_000;

/** The delivery log for operators: newest verification first, each with its messages. */
export class DeliveryLog {
  constructor(
    private readonly database: Database,
    private readonly vault: RecipientVault,
  ) {}

  /** Returns up to `first` matching messages after a position. */
  async page(filter: DeliveryFilter, first: number, after: LogPosition | null): Promise<LogPage> {
    const filtered = Boolean(filter.status ?? filter.failure ?? filter.channel);
    // Every verification has a message, so without a filter this number of verifications fills the page.
    const window = this.window(filter, after, filtered ? WINDOW : first + 2);
    const rows = await this.rows(filter, first + 1, after, window);
    const shown = rows.slice(0, first);
    const sends = await findSends(this.database, shown);
    const deliveries = shown.map((row) => ({
      delivery: { ...this.open(row), sends: sends.get(row.id)! },
      position: positionOf(row),
    }));
    const last = deliveries.at(-1)?.position ?? null;
    if (rows.length > first) return { deliveries, next: last };
    return { deliveries, next: await this.endOf(window) };
  }

  private window({ recipient }: DeliveryFilter, after: LogPosition | null, size: number) {
    const conditions: string[] = [];
    const params: SqlValue[] = [];
    const param = (value: SqlValue) => `$${params.push(value)}`;
    if (recipient) {
      // Includes other spellings of the mailbox, because together they explain why a limit was reached.
      const limitKey = this.vault.limitKey(recipient);
      const keys = [...this.vault.storedKeys(recipient), limitKey].map(param);
      conditions.push(`(recipient_key IN (${keys.join(', ')}) OR limit_key = ${param(limitKey)})`);
    }
    if (after) {
      const at = param(after.verification.at);
      const id = param(after.verification.id);
      conditions.push(`created_at <= ${at} AND (created_at < ${at} OR id <= ${id})`);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const sql = `SELECT * FROM verification ${where} ORDER BY created_at DESC, id DESC LIMIT ${param(size)}`;
    return { sql, params, size };
  }

  private rows(
    { status, failure, channel }: DeliveryFilter,
    limit: number,
    after: LogPosition | null,
    window: { sql: string; params: readonly SqlValue[] },
  ): Promise<LogRow[]> {
    const params = [...window.params];
    const param = (value: SqlValue) => `$${params.push(value)}`;
    const conditions = ['d.verification_id = v.id'];
    if (channel) conditions.push(`d.channel = ${param(channel)}`);
    if (status) conditions.push(`d.status = ${param(status)}`);
    if (failure) conditions.push(`d.failure = ${param(failure)}`);
    if (after?.delivery) {
      const at = param(after.delivery.at);
      const earlier = `d.created_at < ${at} OR (d.created_at = ${at} AND d.id < ${param(after.delivery.id)})`;
      conditions.push(`(v.id <> ${param(after.verification.id)} OR ${earlier})`);
    } else if (after) {
      conditions.push(`v.id <> ${param(after.verification.id)}`);
    }
    return this.database.read<LogRow>(
      `SELECT d.id, v.id AS "verificationId", v.channel, v.recipient_sealed, v.purpose, d.status, d.failure, d.provider,
         d.provider_message_id AS "providerMessageId", d.attempts AS "sendCount", d.last_error AS "lastError",
         d.created_at AS "createdAt", d.sent_at AS "sentAt", d.updated_at AS "updatedAt",
         v.created_at AS verification_created_at
       FROM (${window.sql}) v JOIN delivery d ON ${conditions.join(' AND ')}
       ORDER BY v.created_at DESC, v.id DESC, d.created_at DESC, d.id DESC LIMIT ${param(limit)}`,
      params,
    );
  }

  /**
   * The position after the last verification of a full window; null when the window reached the end of the
   * table.
   */
  private async endOf(window: {
    sql: string;
    params: readonly SqlValue[];
    size: number;
  }): Promise<LogPosition | null> {
    const last = `$${window.params.length + 1}`;
    const [row] = await this.database.read<{ at: number; id: string }>(
      `SELECT created_at AS at, id FROM (${window.sql}) v ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ${last}`,
      [...window.params, window.size - 1],
    );
    return row ? { verification: { at: row.at, id: row.id }, delivery: null } : null;
  }

  private open({ channel, recipient_sealed, verification_created_at: _, ...row }: LogRow) {
    return { ...row, recipient: this.vault.open({ id: row.verificationId, channel, recipient_sealed }) };
  }
}

function positionOf(row: LogRow): LogPosition {
  return {
    verification: { at: row.verification_created_at, id: row.verificationId },
    delivery: { at: row.createdAt, id: row.id },
  };
}
