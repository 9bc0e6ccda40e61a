import { type Database } from '../../database/database';

/** When the first send of a delivery by a provider ended without a known outcome, in epoch milliseconds, or null. */
export async function findUnknownSince(
  database: Database,
  deliveryId: string,
  provider: string,
): Promise<number | null> {
  const [row] = await database.read<{ since: number | null }>(
    `SELECT min(ended_at) AS since FROM send WHERE delivery_id = $1 AND provider = $2 AND result = 'UNKNOWN'`,
    [deliveryId, provider],
  );
  return row!.since;
}
