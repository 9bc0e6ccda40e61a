import { type Database } from '../../database/database';
import { type Metrics } from '../../observability/metrics';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { badInput } from '../../shared/errors';
import { normalizeCode, sameCode } from '../code/code';
import { type CodeDerivation } from '../code/code-derivation';
import { type ProofSigner } from '../proof/proof-signer';
import { findVerification, type VerificationRow } from '../verification.repository';
import { statusOf } from '../verification.view';
import { type VerifyOutcome, type VerifyRefusal } from '../verification.types';
import { type Attempts } from './attempts';

/**
 * How long a repeated check with the same idempotency key and the right code returns the same proof, in milliseconds.
 */
const REPLAY_MS = 60_000;

export interface TypedCode {
  verificationId: string;
  /** The text that the user typed. It may contain spaces and hyphens. */
  code: string;
  idempotencyKey?: string | null;
}

export interface CheckCodeDeps {
  database: Database;
  vault: RecipientVault;
  codes: CodeDerivation;
  proofs: ProofSigner;
  metrics: Metrics;
  attempts: Attempts;
}

export class CheckCode {
  constructor(private readonly deps: CheckCodeDeps) {}

  /**
   * Consumes one attempt and returns whether the code was right, with a proof if it was. A refused code is an outcome,
   * not an error.
   *
   * @throws AppError BAD_USER_INPUT when the code is not `codeLength` digits, which consumes no attempt; RATE_LIMITED
   *   when the recipient's wrong attempts of the day are used up.
   */
  async run(typed: TypedCode): Promise<VerifyOutcome> {
    const { verificationId } = typed;
    const length = this.deps.codes.codeLength(verificationId);
    if (length === null) return this.refuse('NOT_FOUND', 0);
    const code = readCode(typed.code, length);
    const expected = await this.expectedCode(verificationId);
    if (expected === null) return this.refuse('NOT_FOUND', 0);
    const right = sameCode(code, expected);
    const verifyKey = this.verifyKeyOf(typed);
    const { row, consumed } = await this.deps.attempts.consume({ verificationId, right, verifyKey });
    if (consumed && right) return this.accept(row!);
    if (consumed) return this.refuse('WRONG_CODE', row!.attempts_remaining);
    if (row && right && isReplay(row, verifyKey)) return this.accept(row, { replayed: true });
    return this.refuse(refusalOf(row), row?.attempts_remaining ?? 0);
  }

  /** The code is derived from the id alone. Only a fixed code of TEST_RECIPIENTS requires the row. */
  private async expectedCode(id: string): Promise<string | null> {
    const { database, vault, codes } = this.deps;
    const derived = codes.code(id, null);
    if (derived !== null) return derived;
    const row = await findVerification(database, id);
    return row && codes.code(id, vault.open(row));
  }

  private accept(row: VerificationRow, { replayed } = { replayed: false }): VerifyOutcome {
    const { vault, proofs, metrics } = this.deps;
    const { channel, canonical } = vault.open(row);
    const proof = proofs.sign({
      verificationId: row.id,
      recipient: canonical,
      channel,
      purpose: row.purpose,
      nonce: row.nonce,
      verifiedAt: row.settled_at!,
    });
    metrics.codeChecks.inc({ channel, outcome: 'VERIFIED' });
    if (channel === 'SMS' && !replayed) metrics.sms.count('verified', canonical);
    return { verified: true, reason: null, attemptsRemaining: row.attempts_remaining, proof };
  }

  private refuse(reason: VerifyRefusal, attemptsRemaining: number): VerifyOutcome {
    this.deps.metrics.codeChecks.inc({ channel: '', outcome: reason });
    return { verified: false, reason, attemptsRemaining, proof: null };
  }

  private verifyKeyOf({ verificationId, idempotencyKey }: TypedCode): string | null {
    return idempotencyKey ? this.deps.vault.index('verify-key', `${verificationId}:${idempotencyKey}`) : null;
  }
}

/** @throws AppError BAD_USER_INPUT when the text does not contain exactly `length` digits. */
function readCode(typed: string, length: number): string {
  const code = normalizeCode(typed, length);
  if (code !== null) return code;
  throw badInput(
    'input.code',
    'INVALID_CODE',
    `must be the ${length} digits of the code; spaces and hyphens are allowed`,
  );
}

function isReplay(row: VerificationRow, verifyKey: string | null): boolean {
  return verifyKey !== null && row.verify_key === verifyKey && row.now - row.settled_at! < REPLAY_MS;
}

function refusalOf(row: VerificationRow | null): VerifyRefusal {
  if (!row) return 'NOT_FOUND';
  const status = statusOf(row);
  if (status === 'VERIFIED') return 'ALREADY_USED';
  // The row was still PENDING when it was read, because another check consumed the last attempt between our update and
  // our read.
  return status === 'PENDING' ? 'LOCKED' : status;
}
