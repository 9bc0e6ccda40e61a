import { query, type Statement, type Transaction } from '../database/statement';
import {
  findPurposeRefusal,
  findRecipientRefusal,
  findSharedRefusal,
  type MessageLimits,
  type PurposeLimit,
  rateLimitedUntilNow,
} from './limit-refusals';
import { countMessage } from './recipient-limits';
import { countForSharedLimits } from './shared-limit-counter';

/**
 * Counts a message for its limits.
 *
 * The recipient's row is locked first, then the row of its purpose, then the rows of the shared limits in the order of
 * their keys. All nodes and the batch statement that accepts requests use this order, so two transactions never
 * deadlock.
 *
 * @throws AppError RATE_LIMITED.
 */
export function* countMessageWithinLimits(limits: MessageLimits): Transaction<void> {
  const { key, recipient, purpose, shared } = limits;
  if ((yield* query(countMessage(key, recipient))).length === 0)
    throw (yield* findRecipientRefusal(limits)) ?? rateLimitedUntilNow('RESEND_COOLDOWN');
  if (purpose !== null && (yield* query(countMessageOfPurpose(purpose))).length === 0)
    throw (yield* findPurposeRefusal(purpose)) ?? rateLimitedUntilNow('RECIPIENT_DAILY');
  if (shared.length === 0) return;
  const admitted = yield* query<{ key: string }>(countForSharedLimits(shared));
  const refused = shared.find((limit) => !admitted.some((row) => row.key === limit.key));
  if (refused) throw (yield* findSharedRefusal([refused])) ?? rateLimitedUntilNow(refused.name);
}

function countMessageOfPurpose({ key, daily }: PurposeLimit): Statement {
  return countMessage(key, { cooldownSeconds: 0, hourly: 0, daily, dailyAttempts: 0 });
}
