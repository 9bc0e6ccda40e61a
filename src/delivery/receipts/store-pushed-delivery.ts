import { type Database } from '../../database/database';

/**
 * Records that an e-mail reached the recipient's server. This replaces only a temporary failure.
 *
 * @returns false when nothing had to change.
 */
export async function storePushedDelivery(
  database: Database,
  { id, messageId }: { id: string; messageId: string },
): Promise<boolean> {
  const rows = await database.write(
    `UPDATE delivery SET status = 'DELIVERED', failure = NULL, updated_at = now_ms()
     WHERE id = $1 AND provider_message_id = $2 AND (status = 'SENT' OR failure = 'UNREACHABLE') RETURNING id`,
    [id, messageId],
  );
  return rows.length === 1;
}
