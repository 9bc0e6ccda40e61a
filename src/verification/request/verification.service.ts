import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { type Dispatcher } from '../../delivery/dispatcher';
import { insertDeliveredDelivery } from '../../delivery/queue/insert-delivered-delivery';
import { insertQueuedDelivery } from '../../delivery/queue/insert-queued-delivery';
import { type Clock } from '../../shared/clock';
import { aboutRecipient, AppError, type AppErrorCode } from '../../shared/errors';
import { type Metrics } from '../../observability/metrics';
import { type OverloadGuard } from '../../limits/overload-guard';
import { type CodeDerivation } from '../code/code-derivation';
import { countedUnder } from '../../limits/budget.repository';
import { type HumanEvidence } from '../../limits/siteverify-client';
import { type HumanCheckPolicy } from '../../limits/human-check-policy';
import { LimitPolicy } from './limit-policy';
import { type MessageComposer, type Wording } from '../message-composer';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type Recipient } from '../../recipients/recipient';
import { type Accepted, acceptRequest, type NewRequest, spend } from './request-acceptance';
import { newDeliveryId } from '../code/verification-id';
import {
  cancelVerification,
  findLiveByRequestKey,
  findVerificationWithDelivery,
  lockVerification,
  type VerificationRow,
} from '../verification.repository';
import { requestedView, toVerification } from '../verification.view';
import { type RequestOptions, type Verification, type VerificationSettings } from '../verification.types';

/** Refusals that the first of two requests under one idempotency key may have brought upon the second. */
const MAY_BE_A_REPLAY: ReadonlySet<AppErrorCode> = new Set(['RATE_LIMITED', 'HUMAN_CHECK_REQUIRED']);

/** Asking for codes: request, resend, cancel, and looking at what became of them. */
export class VerificationService {
  private readonly policy: LimitPolicy;

  constructor(
    private readonly database: Database,
    private readonly vault: RecipientVault,
    private readonly codes: CodeDerivation,
    private readonly composer: MessageComposer,
    private readonly dispatcher: Dispatcher,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    private readonly settings: VerificationSettings,
    private readonly overloadGuard: OverloadGuard,
    private readonly humanCheck: Pick<HumanCheckPolicy, 'requireUpFront' | 'runWithinLimits'>,
  ) {
    this.policy = new LimitPolicy(vault, codes, settings);
  }

  /**
   * Keeps a new verification and its message in one transaction and answers; the message leaves after the commit.
   * The same idempotency key within the code's life gives the same verification again.
   *
   * @throws AppError RATE_LIMITED, HUMAN_CHECK_REQUIRED where one is asked for, CONFLICT for another input under the same idempotency key, CHANNEL_UNAVAILABLE where
   *   the channel is switched off or too much is waiting.
   */
  async request(recipient: Recipient, options: RequestOptions): Promise<Verification> {
    this.checkOpen(recipient);
    this.overloadGuard.check(recipient.channel);
    const startedAt = this.clock.now();
    const id = this.codes.newId(startedAt, recipient, this.settings.codes[recipient.channel].length);
    const deliveryId = newDeliveryId(startedAt);
    const lease = this.dispatcher.createLease();
    let requested: Accepted;
    try {
      if (!this.codes.isFixed(recipient)) await this.humanCheck.requireUpFront(options.human);
      requested = await this.humanCheck.runWithinLimits(options.human, (extraPercent) =>
        acceptRequest(
          this.database,
          this.newRequest(id, deliveryId, lease, recipient, options, extraPercent),
        ),
      );
    } catch (error) {
      // Two at once under one key: the one that lost the race for the cooldown finds what the other made. And who
      // asks again after a lost answer has used up the token of its human check.
      if (options.idempotencyKey && error instanceof AppError && MAY_BE_A_REPLAY.has(error.code)) {
        return (await this.replay(recipient, options)) ?? Promise.reject(error);
      }
      throw error;
    }
    if (requested.id !== id) return (await this.replay(recipient, options)) ?? Promise.reject(notFound());
    const { expiresAt, createdAt } = requested;
    this.handOver(id, deliveryId, lease, recipient, { ...options, leftMs: expiresAt - createdAt }, startedAt);
    this.metrics.verificationsRequested.inc({ channel: recipient.channel });
    if (recipient.channel === 'SMS') this.metrics.sms.count('requested', recipient.canonical);
    return requestedView(
      { ...requested, recipient, options, codeLength: this.codes.codeLength(id)! },
      this.settings,
    );
  }

  /**
   * Sends the same code again; neither its life nor its tries change.
   *
   * @throws AppError NOT_FOUND, CONFLICT when the verification has ended, RATE_LIMITED, HUMAN_CHECK_REQUIRED instead of a
   *   crowd's limit, CHANNEL_UNAVAILABLE.
   */
  async resend(id: string, address: string | null, human: HumanEvidence): Promise<Verification> {
    if (this.codes.codeLength(id) === null) throw notFound();
    const startedAt = this.clock.now();
    const deliveryId = newDeliveryId(startedAt);
    const lease = this.dispatcher.createLease();
    const row = await this.humanCheck.runWithinLimits(human, (extraPercent) =>
      this.database.transaction(() => this.acceptResend(id, deliveryId, lease, address, extraPercent)),
    );
    const wording = { ...row, leftMs: row.expires_at - row.now };
    this.handOver(id, deliveryId, lease, this.vault.open(row), wording, startedAt);
    return this.known(id);
  }

  /**
   * Ends a verification whose user gave up or mistyped; one that has ended stays as it is.
   *
   * @throws AppError NOT_FOUND.
   */
  async cancel(id: string): Promise<Verification> {
    if (this.codes.codeLength(id) !== null) await cancelVerification(this.database, id);
    return this.known(id);
  }

  /** Null for an unknown id; a malformed one is an unknown one. */
  async find(id: string): Promise<Verification | null> {
    const codeLength = this.codes.codeLength(id);
    const row = codeLength === null ? null : await findVerificationWithDelivery(this.database, id);
    return (
      row && toVerification(row, this.vault.open(row), codeLength!, this.settings.limits.cooldownSeconds)
    );
  }

  private async known(id: string): Promise<Verification> {
    const verification = await this.find(id);
    if (!verification) throw notFound();
    return verification;
  }

  private newRequest(
    id: string,
    deliveryId: string,
    lease: string | null,
    recipient: Recipient,
    options: RequestOptions,
    extraPercent: number,
  ): NewRequest {
    const { requestKey, fingerprint } = this.requestIdentity(recipient, options);
    const { channel } = recipient;
    const { ttlSeconds } = this.settings.codes[channel];
    const delivery = { id: deliveryId, verificationId: id, channel, lifeMs: ttlSeconds * 1000, lease };
    const fixed = this.codes.isFixed(recipient);
    const recipientKey = this.vault.key(recipient);
    const limitKey = this.policy.keyOf(recipient);
    return {
      verification: {
        id,
        channel,
        purpose: options.purpose,
        locale: options.locale,
        recipientSealed: this.vault.seal(id, recipient),
        recipientKey,
        limitKey: limitKey === recipientKey ? null : limitKey,
        maxAttempts: this.settings.maxAttempts,
        ttlSeconds,
        nonce: options.nonce ?? null,
        requestKey,
        requestFingerprint: fingerprint,
      },
      delivery: fixed ? insertDeliveredDelivery(delivery) : insertQueuedDelivery(delivery),
      limits: this.policy.limitsOf(recipient, limitKey, options.address, extraPercent),
    };
  }

  private checkOpen(recipient: Recipient): void {
    if (this.settings.closedChannels.includes(recipient.channel) && !this.codes.isFixed(recipient))
      throw new AppError('CHANNEL_UNAVAILABLE', 'this channel is switched off; use the other one');
  }

  private *acceptResend(
    id: string,
    deliveryId: string,
    lease: string | null,
    address: string | null,
    extraPercent: number,
  ): Transaction<VerificationRow> {
    const row = yield* lockVerification(id, this.database.dialect);
    if (!row) throw notFound();
    try {
      yield* this.acceptResendOf(row, deliveryId, lease, address, extraPercent);
      return row;
    } catch (error) {
      throw aboutRecipient(error, { key: row.recipient_key, channel: row.channel });
    }
  }

  private *acceptResendOf(
    row: VerificationRow,
    deliveryId: string,
    lease: string | null,
    address: string | null,
    extraPercent: number,
  ): Transaction<void> {
    if (row.status !== 'PENDING' || row.attempts_remaining === 0 || row.expires_at <= row.now) {
      throw new AppError('CONFLICT', 'the verification has ended; request a new code');
    }
    this.overloadGuard.check(row.channel);
    const recipient = this.vault.open(row);
    this.checkOpen(recipient);
    const fixed = this.codes.isFixed(recipient);
    yield* spend(this.policy.limitsOf(recipient, countedUnder(row), address, extraPercent));
    const lifeMs = row.expires_at - row.now;
    const delivery = { id: deliveryId, verificationId: row.id, channel: row.channel, lifeMs, lease };
    yield* query(fixed ? insertDeliveredDelivery(delivery) : insertQueuedDelivery(delivery));
  }

  private requestIdentity(recipient: Recipient, options: RequestOptions) {
    if (!options.idempotencyKey) return { requestKey: null, fingerprint: null };
    const { purpose, locale, nonce } = options;
    const input = JSON.stringify([recipient.channel, recipient.canonical, purpose, locale, nonce ?? null]);
    return {
      requestKey: this.vault.index('request-key', options.idempotencyKey),
      fingerprint: this.vault.index('request', input),
    };
  }

  /** The live verification that was requested under the idempotency key, or null. */
  private async replay(recipient: Recipient, options: RequestOptions): Promise<Verification | null> {
    const { requestKey, fingerprint } = this.requestIdentity(recipient, options);
    const row = await findLiveByRequestKey(this.database, requestKey!);
    if (!row) return null;
    if (row.request_fingerprint !== fingerprint) {
      throw new AppError('CONFLICT', 'idempotencyKey: it was used for a different input; use a new key');
    }
    return this.find(row.id);
  }

  /** `leftMs` of the wording is what was left at `at` or later, in milliseconds of our clock. */
  private handOver(
    id: string,
    deliveryId: string,
    lease: string | null,
    to: Recipient,
    wording: Wording,
    at: number,
  ): void {
    if (this.codes.isFixed(to)) return;
    if (lease === null) return this.dispatcher.wake();
    this.dispatcher.dispatch({ id: deliveryId, verificationId: id, channel: to.channel, lease }, () => {
      const leftMs = wording.leftMs - Math.max(0, this.clock.now() - at);
      return this.composer.compose(id, deliveryId, to, { ...wording, leftMs });
    });
  }
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', 'there is no verification with this id');
}
