import { type Guard, type Step } from '../../database/chain';
import { type ChainGroups } from '../../database/chain-groups';
import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { type CrowdLimit, spendMessage, spendShared } from '../../limits/budget.repository';
import { messageSpending, type RecipientLimits } from '../../limits/budget-statements';
import { sharedCounting, sharedRoom } from '../../limits/shared-limit-statements';
import {
  findByRequestKey,
  insertVerification,
  type NewVerification,
  requestKeyIsFree,
} from '../verification.repository';

/** The limits that a message counts for. */
export interface MessageLimits {
  /** The key that the recipient's own limits are counted under. */
  key: string;
  recipient: RecipientLimits;
  shared: readonly CrowdLimit[];
}

/** The rows that a request stores: its limits, the verification and its delivery, all of them or none. */
export interface NewRequest {
  verification: NewVerification;
  /** Stores the delivery. */
  delivery: Step;
  limits: MessageLimits;
}

/** The times are by the database's clock, in epoch milliseconds. */
export interface AcceptedRequest {
  id: string;
  createdAt: number;
  expiresAt: number;
}

type Times = { created_at: number; expires_at: number };

/**
 * Stores a request, or returns the earlier one with its idempotency key, which has another id.
 *
 * @throws AppError RATE_LIMITED; nothing is counted then.
 */
export async function acceptRequest(database: Database, request: NewRequest): Promise<AcceptedRequest> {
  // The single statement only reports that it stored nothing. The transaction finds out why.
  const times = database.chains && (await acceptAtOnce(database.chains, request));
  return times ? accepted(request.verification.id, times) : database.transaction(() => accept(request));
}

function acceptAtOnce(chains: ChainGroups, request: NewRequest): Promise<Times | null> {
  const { verification, delivery, limits } = request;
  const { requestKey } = verification;
  const counting = limits.shared.map(sharedCounting);
  const guards: Guard[] = limits.shared.map(sharedRoom);
  if (requestKey !== null) guards.push(requestKeyIsFree(requestKey));
  return chains.run<Times>({
    guards,
    steps: [
      messageSpending(limits.key, limits.recipient),
      ...counting,
      insertVerification(verification),
      delivery,
    ],
    answer: counting.length + 1,
  });
}

function* accept({ verification, delivery, limits }: NewRequest): Transaction<AcceptedRequest> {
  const { id, requestKey } = verification;
  if (requestKey !== null) {
    const earlier = yield* findByRequestKey(requestKey);
    if (earlier) return accepted(earlier.id, earlier);
  }
  yield* spend(limits);
  const [times] = yield* query<Times>(insertVerification(verification));
  yield* query(delivery);
  return accepted(id, times!);
}

/**
 * Counts a message for its limits. The recipient's row comes first and the shared rows after it, in the same order on all
 * nodes, so that no two transactions wait for each other.
 *
 * @throws AppError RATE_LIMITED.
 */
export function* spend({ key, recipient, shared }: MessageLimits): Transaction<void> {
  yield* spendMessage(key, recipient);
  yield* spendShared(shared);
}

function accepted(id: string, { created_at, expires_at }: Times): AcceptedRequest {
  return { id, createdAt: created_at, expiresAt: expires_at };
}
