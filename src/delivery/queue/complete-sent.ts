import { type HotOperation } from '../../database/hot-operation';
import { ParameterTable } from '../../database/parameter-table';
import { query } from '../../database/statement';
import { EVENT_COLUMNS, type EventOutbox } from '../../events/event-outbox';
import { type Claim } from './lease';

export interface SentDelivery {
  claim: Claim;
  provider: string;
  providerMessageId: string;
  /** The provider delivered the message when it accepted it. */
  delivered: boolean;
  /** When to query the provider for a receipt, in milliseconds from now. Null: it is not queried. */
  receiptInMs: number | null;
}

const statusOf = ({ delivered }: SentDelivery) => (delivered ? 'DELIVERED' : 'SENT');

const SENT = new ParameterTable<SentDelivery>('sent', {
  id: ['text', ({ claim }) => claim.id],
  lease: ['text', ({ claim }) => claim.lease],
  status: ['text', statusOf],
  provider: ['text', ({ provider }) => provider],
  provider_message_id: ['text', ({ providerMessageId }) => providerMessageId],
  receipt_in_ms: ['bigint', ({ receiptInMs }) => receiptInMs],
});

const completeSql = (storesEvents: boolean) => `
WITH sent AS MATERIALIZED (${SENT.select}),

completed AS (
  UPDATE delivery SET status = CASE WHEN due_at IS NULL THEN delivery.status ELSE sent.status END,
    provider = sent.provider, provider_message_id = sent.provider_message_id, attempts = attempts + 1,
    sent_at = now_ms(), updated_at = now_ms(), due_at = NULL, lease_owner = NULL, uncertain_since = NULL,
    receipt_checks = 0, receipt_due_at = CASE WHEN due_at IS NULL THEN NULL ELSE now_ms() + sent.receipt_in_ms END
  FROM (SELECT * FROM sent ORDER BY id) AS sent
  WHERE delivery.id = sent.id AND delivery.lease_owner = sent.lease
  RETURNING delivery.id, delivery.verification_id, delivery.attempts, sent.status AS reached
)
${storesEvents ? STORE_EVENTS : ''}

SELECT id FROM completed`;

/** A message that a provider delivers at once was sent, too. */
const STORE_EVENTS = `,
new_event AS (
  INSERT INTO event (${EVENT_COLUMNS})
  SELECT lower(now.status) || '-' || id || '-' || attempts, 'delivery.' || lower(now.status), verification_id, id,
    now.status, NULL, now_ms(), now_ms()
  FROM completed CROSS JOIN (VALUES ('SENT'), ('DELIVERED')) AS now (status)
  WHERE now.status = 'SENT' OR reached = 'DELIVERED'
  ON CONFLICT (id) DO NOTHING
)`;

/**
 * Records that the provider accepted the message. The delivery stays DELIVERED when an earlier send has succeeded
 * meanwhile: `due_at` is null then, although the lease is held.
 * The result is false when the lease was lost; nothing is changed then.
 */
export const createCompleteSent = (events: EventOutbox): HotOperation<SentDelivery, boolean> => ({
  name: 'complete a delivery',

  isOneStatement: !events.enabled,
  *transaction(sent) {
    const { claim, provider, providerMessageId, receiptInMs, delivered } = sent;
    const [row] = yield* query<{ verification_id: string; attempts: number }>(
      `UPDATE delivery SET status = CASE WHEN due_at IS NULL THEN status ELSE $3 END, provider = $4,
         provider_message_id = $5, attempts = attempts + 1, sent_at = now_ms(), updated_at = now_ms(), due_at = NULL,
         lease_owner = NULL, uncertain_since = NULL, receipt_checks = 0,
         receipt_due_at = CASE WHEN due_at IS NULL THEN NULL ELSE now_ms() + cast($6 AS bigint) END
       WHERE id = $1 AND lease_owner = $2 RETURNING verification_id, attempts`,
      [claim.id, claim.lease, statusOf(sent), provider, providerMessageId, receiptInMs],
    );
    if (!row) return false;
    const decided = {
      id: claim.id,
      verificationId: row.verification_id,
      failure: null,
      attempts: row.attempts,
    };
    yield* events.storeDelivery({ ...decided, status: 'SENT' });
    if (delivered) yield* events.storeDelivery({ ...decided, status: 'DELIVERED' });
    return true;
  },

  batch: {
    sql: completeSql(events.enabled),
    params: (inputs) => SENT.arrays(inputs),
    idOf: ({ claim }) => claim.id,
    ownKeys: ({ claim }) => [claim.id],
    resultOf: () => true,
  },
});
