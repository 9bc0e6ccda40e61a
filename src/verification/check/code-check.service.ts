import { type ChainGroups } from '../../database/chain-groups';
import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { aboutRecipient, badInput } from '../../shared/errors';
import { type Metrics } from '../../observability/metrics';
import { spendGuess } from '../../limits/budget.repository';
import { guessesLeft, guessSpending } from '../../limits/budget-statements';
import { normalizeCode, sameCode } from '../code/code';
import { type CodeDerivation } from '../code/code-derivation';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type ProofCheck, type ProofSigner } from '../proof/proof-signer';
import * as rows from '../verification.repository';
import { statusOf } from '../verification.view';
import { type VerificationSettings, type VerifyOutcome, type VerifyRefusal } from '../verification.types';

/** How long the right code under the same idempotency key gets the same proof again, in milliseconds. */
const REPLAY_MS = 60_000;

export interface CodeGuess {
  verificationId: string;
  /** As the user typed it. */
  code: string;
  idempotencyKey?: string | null;
}

/** The verification as it is after the try, if a try was taken, or as it stands. */
interface Taken {
  row: rows.VerificationRow | null;
  taken: boolean;
}

export type ConsumeOutcome =
  | { accepted: true; reason: null; verificationId: string }
  | { accepted: false; reason: 'INVALID' | 'EXPIRED' | 'ALREADY_CONSUMED'; verificationId: string | null };

/** Checking codes, and the proofs that come of it. */
export class CodeCheckService {
  constructor(
    private readonly database: Database,
    private readonly vault: RecipientVault,
    private readonly codes: CodeDerivation,
    private readonly proofs: ProofSigner,
    private readonly metrics: Metrics,
    private readonly settings: VerificationSettings,
  ) {}

  /**
   * Takes one try and says whether it was right. A refused code is an answer, not an error.
   *
   * @throws AppError BAD_USER_INPUT when the code is not `codeLength` digits (costs no try), RATE_LIMITED when the
   *   recipient's guesses of the day are used up.
   */
  async verify(guess: CodeGuess): Promise<VerifyOutcome> {
    const length = this.codes.codeLength(guess.verificationId);
    if (length === null) return this.refused('NOT_FOUND', 0);
    const typed = normalizeCode(guess.code, length);
    if (typed === null)
      throw badInput(
        'input.code',
        'INVALID_CODE',
        `must be the ${length} digits of the message; spaces and hyphens between them are allowed`,
      );
    const expected = await this.expectedCode(guess.verificationId);
    if (expected === null) return this.refused('NOT_FOUND', 0);
    const right = sameCode(typed, expected);
    const verifyKey = this.verifyKey(guess);
    const { row, taken } = await this.take(guess.verificationId, right, verifyKey);
    if (taken && right) return this.verified(row!);
    if (taken) return this.refused('WRONG_CODE', row!.attempts_remaining);
    if (row && right && isReplay(row, verifyKey)) return this.verified(row, true);
    return this.refused(refusalOf(row), row?.attempts_remaining ?? 0);
  }

  /** Accepts each proof once, on any node and at any concurrency. */
  async consume(token: string): Promise<ConsumeOutcome> {
    const check: ProofCheck = await this.proofs.check(token);
    if (!check.valid) return { accepted: false, reason: check.reason, verificationId: null };
    const { verificationId } = check;
    const first = await rows.consumeProofOnce(this.database, verificationId);
    if (first) return { accepted: true, reason: null, verificationId };
    return (await rows.find(this.database, verificationId))
      ? { accepted: false, reason: 'ALREADY_CONSUMED', verificationId }
      : { accepted: false, reason: 'INVALID', verificationId: null };
  }

  /** Derived from the id alone; only a fixed code of TEST_RECIPIENTS needs the row. */
  private async expectedCode(id: string): Promise<string | null> {
    const derived = this.codes.code(id, null);
    if (derived !== null) return derived;
    const row = await rows.find(this.database, id);
    return row && this.codes.code(id, this.vault.open(row));
  }

  private async take(id: string, right: boolean, verifyKey: string | null): Promise<Taken> {
    const row = this.database.chains && (await this.takeAtOnce(this.database.chains, id, right, verifyKey));
    // What the one statement refused, the transaction finds the reason of.
    return row
      ? { row, taken: true }
      : this.database.transaction(() => this.takeInSteps(id, right, verifyKey));
  }

  private takeAtOnce(chains: ChainGroups, id: string, right: boolean, verifyKey: string | null) {
    const { dailyGuesses } = this.settings.limits;
    const attempt = rows.attempt(id, right, verifyKey);
    const limited = dailyGuesses > 0;
    return chains.run<rows.VerificationRow>({
      guards: limited ? [guessesLeft(dailyGuesses)] : [],
      steps: limited ? [attempt, guessSpending(id, !right, dailyGuesses)] : [attempt],
      answer: 0,
    });
  }

  private *takeInSteps(id: string, right: boolean, verifyKey: string | null): Transaction<Taken> {
    const [row] = yield* query<rows.VerificationRow>(rows.attempt(id, right, verifyKey));
    if (!row) return { row: yield* rows.findInWork(id), taken: false };
    try {
      yield* spendGuess(row, !right, this.settings.limits);
    } catch (error) {
      throw aboutRecipient(error, { key: row.recipient_key, channel: row.channel });
    }
    return { row, taken: true };
  }

  private verified(row: rows.VerificationRow, replayed = false): VerifyOutcome {
    const { channel, canonical } = this.vault.open(row);
    const proof = this.proofs.sign({
      verificationId: row.id,
      recipient: canonical,
      channel,
      purpose: row.purpose,
      nonce: row.nonce,
      verifiedAt: row.settled_at!,
    });
    this.metrics.codeChecks.inc({ channel, outcome: 'VERIFIED' });
    if (channel === 'SMS' && !replayed) this.metrics.sms.count('verified', canonical);
    return { verified: true, reason: null, attemptsRemaining: row.attempts_remaining, proof };
  }

  private refused(reason: VerifyRefusal, attemptsRemaining: number): VerifyOutcome {
    this.metrics.codeChecks.inc({ channel: '', outcome: reason });
    return { verified: false, reason, attemptsRemaining, proof: null };
  }

  private verifyKey({ verificationId, idempotencyKey }: CodeGuess): string | null {
    return idempotencyKey ? this.vault.index('verify-key', `${verificationId}:${idempotencyKey}`) : null;
  }
}

function isReplay(row: rows.VerificationRow, verifyKey: string | null): boolean {
  return verifyKey !== null && row.verify_key === verifyKey && row.now - row.settled_at! < REPLAY_MS;
}

function refusalOf(row: rows.VerificationRow | null): VerifyRefusal {
  if (!row) return 'NOT_FOUND';
  const status = statusOf(row);
  if (status === 'VERIFIED') return 'ALREADY_USED';
  // PENDING here means that the last try went between the update and the read.
  return status === 'PENDING' ? 'LOCKED' : status;
}
