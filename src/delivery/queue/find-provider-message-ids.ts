import { type Database } from '../../database/database';

/** The providers' ids of all messages that are recorded for deliveries of a verification. */
export async function findProviderMessageIds(
  database: Database,
  verificationId: string,
): Promise<ReadonlySet<string>> {
  const rows = await database.read<{ id: string }>(
    `SELECT provider_message_id AS id FROM delivery WHERE verification_id = $1 AND provider_message_id IS NOT NULL
     UNION ALL SELECT send.provider_message_id FROM send JOIN delivery ON delivery.id = send.delivery_id
     WHERE verification_id = $1 AND send.provider_message_id IS NOT NULL`,
    [verificationId],
  );
  return new Set(rows.map(({ id }) => id));
}
