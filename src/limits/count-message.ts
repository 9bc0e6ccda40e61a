import { query, type Transaction } from '../database/statement';
import {
  findRecipientRefusal,
  findSharedRefusal,
  type MessageLimits,
  rateLimitedUntilNow,
} from './limit-refusals';
import { countMessage } from './recipient-limits';
import { countForSharedLimits } from './shared-limit-counter';

/**
 * Counts a message for its limits.
 *
 * The recipient's row is locked first, then the rows of the shared limits in the order of their keys. All nodes and the
 * batch statement that accepts requests use this order, so two transactions never deadlock.
 *
 * @throws AppError RATE_LIMITED.
 */
export function* countMessageWithinLimits({ key, recipient, shared }: MessageLimits): Transaction<void> {
  if ((yield* query(countMessage(key, recipient))).length === 0)
    throw (yield* findRecipientRefusal(key, recipient)) ?? rateLimitedUntilNow('RESEND_COOLDOWN');
  if (shared.length === 0) return;
  const admitted = yield* query<{ key: string }>(countForSharedLimits(shared));
  const refused = shared.find((limit) => !admitted.some((row) => row.key === limit.key));
  if (refused) throw (yield* findSharedRefusal([refused])) ?? rateLimitedUntilNow(refused.name);
}
