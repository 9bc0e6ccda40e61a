import { type ChainGroups } from '../../database/chain-groups';
import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { spendGuess } from '../../limits/budget.repository';
import { guessesLeft, guessSpending, type RecipientLimits } from '../../limits/budget-statements';
import { aboutRecipient } from '../../shared/errors';
import { consumeLiveAttempt, selectVerification, type VerificationRow } from '../verification.repository';

/** One check of a code, which was compared before: the transaction only has to count it. */
export interface Attempt {
  verificationId: string;
  right: boolean;
  /** Blind index of the idempotency key; null without one. */
  verifyKey: string | null;
  limits: RecipientLimits;
}

export interface ConsumedAttempt {
  /** The verification after the attempt, or as it was when there was no attempt to consume; null for an unknown id. */
  row: VerificationRow | null;
  consumed: boolean;
}

/**
 * Consumes one attempt of a verification and, if the code is right, verifies it. Nothing is consumed when the
 * verification has ended.
 *
 * @throws AppError RATE_LIMITED when the recipient's wrong attempts of the day are used up; nothing is consumed then.
 */
export async function consumeAttempt(database: Database, attempt: Attempt): Promise<ConsumedAttempt> {
  const row = database.chains && (await consumeInOneStatement(database.chains, attempt));
  // The single statement only reports that it changed nothing. The transaction finds out why.
  return row ? { row, consumed: true } : database.transaction(() => consumeInTransaction(attempt));
}

function consumeInOneStatement(
  chains: ChainGroups,
  { verificationId, right, verifyKey, limits: { dailyGuesses } }: Attempt,
): Promise<VerificationRow | null> {
  const consume = consumeLiveAttempt(verificationId, right, verifyKey);
  if (dailyGuesses === 0) return chains.run<VerificationRow>({ guards: [], steps: [consume], answer: 0 });
  return chains.run<VerificationRow>({
    guards: [guessesLeft(dailyGuesses)],
    steps: [consume, guessSpending(verificationId, !right, dailyGuesses)],
    answer: 0,
  });
}

function* consumeInTransaction({
  verificationId,
  right,
  verifyKey,
  limits,
}: Attempt): Transaction<ConsumedAttempt> {
  const [row] = yield* query<VerificationRow>(consumeLiveAttempt(verificationId, right, verifyKey));
  if (!row) return { row: yield* selectVerification(verificationId), consumed: false };
  try {
    yield* spendGuess(row, !right, limits);
  } catch (error) {
    throw aboutRecipient(error, { key: row.recipient_key, channel: row.channel });
  }
  return { row, consumed: true };
}
