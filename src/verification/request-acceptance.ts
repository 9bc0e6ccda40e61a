import { type Step } from '../database/chain';
import { type ChainGroups } from '../database/chain-groups';
import { type Database, perform, type Work } from '../database/database';
import { type CrowdLimit, spendCrowd, spendMessage } from './budget.repository';
import { crowdRoom, crowdSpending, messageSpending, type RecipientLimits } from './budget-statements';
import { findByRequestKey, insertion, type NewVerification, requestKeyFree } from './verification.repository';

/** What a request writes: budgets, the verification and its message, all or nothing. */
export interface NewRequest {
  verification: NewVerification;
  /** Inserts the message's delivery. */
  delivery: Step;
  /** Null for recipients that nothing is sent to. */
  budgets: { limits: RecipientLimits; crowds: readonly CrowdLimit[] } | null;
}

/** The times are the database's, in epoch milliseconds. */
export interface Accepted {
  id: string;
  createdAt: number;
  expiresAt: number;
}

type Times = { created_at: number; expires_at: number };

/**
 * Keeps a request, or finds the one that stands under its idempotency key (then another id comes back).
 *
 * @throws AppError RATE_LIMITED; nothing is counted then.
 */
export async function acceptRequest(database: Database, request: NewRequest): Promise<Accepted> {
  // SQLite has no round trips to save. What the one statement refuses, the transaction finds the reason of.
  const times = database.chains && (await acceptAtOnce(database.chains, request));
  return times ? accepted(request.verification.id, times) : database.transaction(() => accept(request));
}

function acceptAtOnce(chains: ChainGroups, request: NewRequest): Promise<Times | null> {
  const { verification, delivery, budgets } = request;
  const { requestKey, recipientKey } = verification;
  const crowds = budgets?.crowds ?? [];
  const spendings = budgets
    ? [messageSpending(recipientKey, budgets.limits), ...crowds.map(crowdSpending)]
    : [];
  const guards = crowds.map(crowdRoom);
  if (requestKey !== null) guards.push(requestKeyFree(requestKey));
  const [first = insertion(verification), ...others] = [...spendings, insertion(verification), delivery];
  return chains.run<Times>({ guards, steps: [first, ...others], answer: spendings.length });
}

function* accept({ verification, delivery, budgets }: NewRequest): Work<Accepted> {
  const { id, requestKey, recipientKey } = verification;
  if (requestKey !== null) {
    const earlier = yield* findByRequestKey(requestKey);
    if (earlier) return accepted(earlier.id, earlier);
  }
  if (budgets) yield* spend(recipientKey, budgets.limits, budgets.crowds);
  const [times] = yield* perform<Times>(insertion(verification));
  yield* perform(delivery);
  return accepted(id, times!);
}

/** The recipient first, the crowds after it: all nodes take the rows in this order, so none waits in a circle. */
export function* spend(
  recipientKey: string,
  limits: RecipientLimits,
  crowds: readonly CrowdLimit[],
): Work<void> {
  yield* spendMessage(recipientKey, limits);
  for (const crowd of crowds) yield* spendCrowd(crowd);
}

function accepted(id: string, { created_at, expires_at }: Times): Accepted {
  return { id, createdAt: created_at, expiresAt: expires_at };
}
