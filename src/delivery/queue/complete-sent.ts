import { type Step } from '../../database/chain';
import { type Database } from '../../database/database';
import { type Claim } from './lease';

export interface SentDelivery {
  provider: string;
  providerMessageId: string;
  /** The provider delivered the message when it accepted it. */
  delivered: boolean;
  /** When to ask the provider for a receipt, in milliseconds from now. Null: it is not asked. */
  receiptInMs: number | null;
}

/**
 * Records that the provider accepted the message.
 *
 * @returns false when the lease was lost; nothing is changed then.
 */
export function completeSent(database: Database, claim: Claim, sent: SentDelivery): Promise<boolean> {
  return changes(database, {
    key: 'id',
    sql: `UPDATE delivery SET status = $3, provider = $4, provider_message_id = $5, attempts = attempts + 1,
         sent_at = now_ms(), updated_at = now_ms(), due_at = NULL, lease_owner = NULL, uncertain_since = NULL,
         receipt_due_at = now_ms() + cast($6 AS bigint)
       WHERE true AND id = $1 AND lease_owner = $2 RETURNING id`,
    params: [
      claim.id,
      claim.lease,
      sent.delivered ? 'DELIVERED' : 'SENT',
      sent.provider,
      sent.providerMessageId,
      sent.receiptInMs,
    ],
  });
}

/** Whether the statement changed its row; on PostgreSQL together with others that wait for the same. */
async function changes(database: Database, step: Step): Promise<boolean> {
  const { chains } = database;
  if (chains) return (await chains.run({ steps: [step], answer: 0 })) !== null;
  return (await database.write(step.sql, step.params)).length === 1;
}
