import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { findStartOfResend } from '../../delivery/queue/find-start-of-resend';
import { insertDelivery } from '../../delivery/queue/insert-delivery';
import { countedUnder } from '../../limits/recipient-limits';
import { type HumanEvidence } from '../../limits/siteverify-client';
import { selectIsSuppressed } from '../../recipients/suppression/suppression.repository';
import { suppressed } from '../suppressed-recipient';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { aboutRecipient, AppError } from '../../shared/errors';
import { type CodeDerivation } from '../code/code-derivation';
import { wordingOf } from '../message-composer';
import { lockVerification, type VerificationRow } from '../verification.repository';
import { type Verification } from '../verification.types';
import { statusOf } from '../verification.view';
import { type VerificationReader, verificationNotFound } from '../verification-reader';
import { countMessageWithinLimits } from '../../limits/count-message';
import { type Intake, type LimitsOf } from './intake';
import { type Draft, type Outbox } from './outbox';

export interface ResendCodeDeps {
  database: Database;
  vault: RecipientVault;
  codes: CodeDerivation;
  intake: Intake;
  outbox: Outbox;
  reader: VerificationReader;
}

export class ResendCode {
  constructor(private readonly deps: ResendCodeDeps) {}

  /**
   * Stores another message with the same code, which is sent after the commit. Neither the expiry nor the remaining
   * attempts change.
   *
   * @throws AppError NOT_FOUND; CONFLICT when the verification has ended; RECIPIENT_NOT_ALLOWED when the recipient was
   *   suppressed after the request; RATE_LIMITED; HUMAN_CHECK_REQUIRED instead of a shared limit; CHANNEL_UNAVAILABLE
   *   when the channel has no provider or the server is overloaded.
   * @throws DatabaseUnavailable.
   */
  async run(verificationId: string, human: HumanEvidence): Promise<Verification> {
    const { database, vault, codes, intake, outbox, reader } = this.deps;
    if (codes.codeLength(verificationId) === null) throw verificationNotFound();
    const newDraft = outbox.draft(verificationId);
    const { row, draft } = await intake.acceptWithinLimits(human, (limitsOf) =>
      database.transaction(() => this.lockAndAccept(newDraft, limitsOf)),
    );
    outbox.send(draft, vault.open(row), wordingOf(row, row.now));
    return reader.get(verificationId);
  }

  private *lockAndAccept(
    newDraft: Draft,
    limitsOf: LimitsOf,
  ): Transaction<{ row: VerificationRow; draft: Draft }> {
    const { verificationId } = newDraft;
    const row = yield* lockVerification(verificationId, this.deps.database.dialect);
    if (!row) throw verificationNotFound();
    const draft = { ...newDraft, startsAfter: yield* findStartOfResend(verificationId) };
    try {
      yield* this.accept(row, draft, limitsOf);
    } catch (error) {
      throw aboutRecipient(error, { key: row.recipient_key, channel: row.channel });
    }
    return { row, draft };
  }

  private *accept(row: VerificationRow, draft: Draft, limitsOf: LimitsOf): Transaction<void> {
    const { vault, intake, outbox } = this.deps;
    if (statusOf(row) !== 'PENDING')
      throw new AppError('CONFLICT', 'the verification has ended; request a new code');
    const recipient = vault.open(row);
    intake.checkOpen(recipient);
    if (yield* selectIsSuppressed(vault.key(recipient))) throw suppressed();
    yield* countMessageWithinLimits(limitsOf({ recipient, key: countedUnder(row), purpose: row.purpose }));
    yield* query(insertDelivery(outbox.newDelivery(draft, recipient, row.expires_at - row.now)));
  }
}
