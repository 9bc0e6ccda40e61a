import { query, type Transaction } from '../../database/statement';
import { type DeliveryStatus } from '../delivery.entity';

/**
 * The provider after which the list of a resent message begins: the one that sent the message before it. Null when that
 * message arrived, so that the list begins with the first provider.
 */
export function* findStartOfResend(verificationId: string): Transaction<string | null> {
  const [last] = yield* query<{ status: DeliveryStatus; provider: string | null }>(
    `SELECT status, coalesce(provider, starts_after) AS provider FROM delivery WHERE verification_id = $1
     ORDER BY created_at DESC, id DESC LIMIT 1`,
    [verificationId],
  );
  return last === undefined || last.status === 'DELIVERED' ? null : last.provider;
}
