import { type Database } from '../database/database';
import { query, type Row, type Statement, type Transaction } from '../database/statement';
import { type NewEvent } from './event.types';

/** The columns of a new event, for statements that insert events themselves. */
export const EVENT_COLUMNS = 'id, type, verification_id, delivery_id, status, failure, due_at, created_at';

/**
 * Stores events in the transactions that decide them, so that an event exists if and only if its transition happened.
 * Without `EVENTS_URL` it stores nothing and runs no statement.
 */
export class EventOutbox {
  constructor(readonly enabled: boolean) {}

  /** A transition that is stored already is not stored again. */
  *store(event: NewEvent): Transaction<void> {
    if (!this.enabled) return;
    const { id, type, verificationId, deliveryId, status, failure, suppressionKey = null } = event;
    yield* query(
      `INSERT INTO event (${EVENT_COLUMNS}, suppression_key) VALUES ($1, $2, $3, $4, $5, $6, now_ms(), now_ms(), $7)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [id, type, verificationId, deliveryId, status, failure, suppressionKey],
    );
  }

  /**
   * Runs a statement that decides something, and stores the event of the row that it returns. Without `EVENTS_URL` the
   * statement runs alone, which saves a transaction.
   *
   * @returns the row, or null when the statement returned none; nothing is stored then.
   */
  async decide<R extends object = Row>(
    database: Database,
    { sql, params }: Statement,
    eventOf: (row: R) => Transaction<void>,
  ): Promise<R | null> {
    if (!this.enabled) return (await database.write<R>(sql, params))[0] ?? null;
    return database.transaction(function* () {
      const [row] = yield* query<R>(sql, params);
      if (row) yield* eventOf(row);
      return row ?? null;
    });
  }

  storeVerification(
    id: string,
    type: 'verification.verified' | 'verification.locked' | 'verification.canceled',
  ): Transaction<void> {
    const what = type.slice('verification.'.length);
    const status = what.toUpperCase();
    return this.store({
      id: `${what}-${id}`,
      type,
      verificationId: id,
      deliveryId: null,
      status,
      failure: null,
    });
  }

  /** @param verificationId null when an operator suppressed the recipient. */
  storeSuppression(key: string, verificationId: string | null, createdAt: number): Transaction<void> {
    return this.store({
      id: `suppressed-${key.slice(0, 16)}-${createdAt}`,
      type: 'recipient.suppressed',
      verificationId,
      deliveryId: null,
      suppressionKey: key,
      status: 'SUPPRESSED',
      failure: null,
    });
  }

  storeDelivery(delivery: DecidedDelivery): Transaction<void> {
    const { id, verificationId, status, failure, attempts } = delivery;
    const what = status.toLowerCase() as 'sent' | 'delivered' | 'failed';
    // A delivery can be sent, delivered and failed more than once: by another send, or by a receipt that outweighs one.
    const occasion = [what, id, attempts, failure].filter((part) => part !== null).join('-');
    const type = `delivery.${what}` as const;
    return this.store({ id: occasion, type, verificationId, deliveryId: id, status, failure });
  }
}

/** A delivery whose status has just changed. */
export interface DecidedDelivery {
  id: string;
  verificationId: string;
  status: 'SENT' | 'DELIVERED' | 'FAILED';
  failure: string | null;
  /** Its number of sends. */
  attempts: number;
}
