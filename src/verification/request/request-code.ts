import { type Database } from '../../database/database';
import { type Metrics } from '../../observability/metrics';
import { type Recipient } from '../../recipients/recipient';
import { AppError, type AppErrorCode } from '../../shared/errors';
import { type NewVerification } from '../verification.repository';
import { type RequestOptions, type Verification } from '../verification.types';
import { type VerificationReader, verificationNotFound } from '../verification-reader';
import { type AcceptedRequest, acceptRequest } from './accept-request';
import { type Intake } from './intake';
import { type Draft, type Outbox } from './outbox';
import { type VerificationFactory } from './verification-factory';

/** Refusals of a repeated request that the first request with the same idempotency key may have caused. */
const CAUSED_BY_FIRST_REQUEST: ReadonlySet<AppErrorCode> = new Set(['RATE_LIMITED', 'HUMAN_CHECK_REQUIRED']);

export interface RequestCodeDeps {
  database: Database;
  intake: Intake;
  factory: VerificationFactory;
  outbox: Outbox;
  reader: VerificationReader;
  metrics: Metrics;
}

export class RequestCode {
  constructor(private readonly deps: RequestCodeDeps) {}

  /**
   * Stores a new verification and its message in one transaction; the message is sent after the commit. A request with
   * the same idempotency key returns the same verification for as long as its code is valid.
   *
   * @throws AppError BAD_USER_INPUT for a purpose or an app hash that is not in the settings; RECIPIENT_NOT_ALLOWED when
   *   the purpose excludes the channel or the recipient is suppressed; RATE_LIMITED; HUMAN_CHECK_REQUIRED; CONFLICT when
   *   the idempotency key was used with another input; CHANNEL_UNAVAILABLE when the channel has no provider or the
   *   server is overloaded.
   * @throws DatabaseUnavailable.
   */
  async run(recipient: Recipient, options: RequestOptions): Promise<Verification> {
    const { intake, factory, outbox, reader } = this.deps;
    intake.checkOpen(recipient);
    const verification = factory.create(recipient, options);
    const draft = outbox.draft(verification.id);
    let accepted: AcceptedRequest;
    try {
      await intake.requireHuman(recipient, options.human);
      accepted = await this.accept(verification, draft, recipient, options);
    } catch (error) {
      // The first request may have started the recipient's cooldown or used the token of the human check.
      if (!(error instanceof AppError && CAUSED_BY_FIRST_REQUEST.has(error.code))) throw error;
      return (await reader.findRepeated(verification)) ?? Promise.reject(error);
    }
    if (accepted.id !== verification.id)
      return (await reader.findRepeated(verification)) ?? Promise.reject(verificationNotFound());
    const { createdAt, expiresAt } = accepted;
    const { locale, purpose, appHash } = verification;
    outbox.send(draft, recipient, { locale, purpose, appHash, leftMs: expiresAt - createdAt, expiresAt });
    this.count(recipient);
    return reader.describeAccepted(verification, accepted, recipient);
  }

  private accept(
    verification: NewVerification,
    draft: Draft,
    recipient: Recipient,
    { human }: RequestOptions,
  ): Promise<AcceptedRequest> {
    const { database, intake, outbox } = this.deps;
    const delivery = outbox.newDelivery(draft, recipient, verification.ttlSeconds * 1000);
    const { limitKey, recipientKey, purpose } = verification;
    const counted = { recipient, key: limitKey ?? recipientKey, purpose };
    return intake.acceptWithinLimits(human, (limitsOf) => {
      const limits = limitsOf(counted);
      return database.execute(acceptRequest(limits), { verification, delivery, limits });
    });
  }

  private count({ channel, canonical }: Recipient): void {
    const { metrics } = this.deps;
    metrics.verificationsRequested.inc({ channel });
    if (channel === 'SMS') metrics.sms.count('requested', canonical);
  }
}
