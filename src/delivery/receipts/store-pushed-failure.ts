import { type DeliveryFailure } from '../../channels/provider.types';
import { type Database } from '../../database/database';

export interface ReportedFailure {
  failure: DeliveryFailure;
  /** The failure is permanent. */
  lasting: boolean;
  lastError: string;
}

/**
 * Records that an e-mail did not reach the recipient's mailbox. Only a permanent failure replaces DELIVERED or a
 * temporary failure.
 *
 * @returns false when nothing had to change.
 */
export async function storePushedFailure(
  database: Database,
  { id, messageId }: { id: string; messageId: string },
  { failure, lasting, lastError }: ReportedFailure,
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = 'FAILED', failure = $3, last_error = $4, updated_at = now_ms()
     WHERE id = $1 AND provider_message_id = $2
       AND (status = 'SENT'${lasting ? ` OR status = 'DELIVERED' OR failure = 'UNREACHABLE'` : ''}) RETURNING id`,
    [id, messageId, failure, lastError],
  );
  return rows.length === 1;
}
