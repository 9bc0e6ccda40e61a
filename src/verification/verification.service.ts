import { type Database, type Work } from '../database/database';
import { enqueue, enqueueDelivered } from '../delivery/delivery-queue';
import { type Dispatcher } from '../delivery/dispatcher';
import { type Clock } from '../shared/clock';
import { AppError } from '../shared/errors';
import { type Metrics } from '../shared/metrics';
import { type CrowdLimit, DAY_MS, HOUR_MS, spendCrowd, spendMessage } from './budget.repository';
import { type CodeBook } from './code-book';
import { type MessageComposer } from './message-composer';
import { type People } from './people';
import { type Recipient } from './recipient';
import { newDeliveryId } from './verification-id';
import * as rows from './verification.repository';
import { requestedView, toVerification } from './verification.view';
import { type RequestOptions, type Verification, type VerificationSettings } from './verification.types';

interface Requested {
  id: string;
  createdAt: number;
  expiresAt: number;
}

/** Asking for codes: request, resend, cancel, and looking at what became of them. */
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly people: People,
    private readonly codes: CodeBook,
    private readonly composer: MessageComposer,
    private readonly dispatcher: Dispatcher,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    private readonly settings: VerificationSettings,
  ) {}

  /**
   * Keeps a new verification and its message in one transaction and answers; the message leaves after the commit.
   * The same idempotency key within the code's life gives the same verification again.
   *
   * @throws AppError RATE_LIMITED, CONFLICT for another input under the same idempotency key, CHANNEL_UNAVAILABLE where
   *   the channel is switched off.
   */
  async request(recipient: Recipient, options: RequestOptions): Promise<Verification> {
    if (this.settings.closedChannels.includes(recipient.channel) && !this.codes.isFixed(recipient)) {
      throw new AppError('CHANNEL_UNAVAILABLE', 'codes are not sent by this channel');
    }
    const id = this.codes.newId(this.clock.now(), recipient, this.settings.codes[recipient.channel].length);
    const deliveryId = newDeliveryId(this.clock.now());
    const lease = this.dispatcher.lease();
    const replayed = () => this.replay(recipient, options);
    let requested: Requested;
    try {
      requested = await this.database.transaction(() =>
        this.accept(id, deliveryId, lease, recipient, options),
      );
    } catch (error) {
      // Two at once under one key: the one that lost the race for the cooldown finds what the other made.
      if (options.idempotencyKey && error instanceof AppError && error.code === 'RATE_LIMITED') {
        return (await replayed()) ?? Promise.reject(error);
      }
      throw error;
    }
    if (requested.id !== id) return (await replayed())!;
    this.handOver(id, deliveryId, lease, recipient, options);
    this.metrics.verificationRequested(recipient.channel);
    return requestedView(
      { ...requested, recipient, options, codeLength: this.codes.codeLength(id)! },
      this.settings,
    );
  }

  /**
   * Sends the same code again; neither its life nor its tries change.
   *
   * @throws AppError NOT_FOUND, CONFLICT when the verification has ended, RATE_LIMITED.
   */
  async resend(id: string, address: string | null): Promise<Verification> {
    const deliveryId = newDeliveryId(this.clock.now());
    const lease = this.dispatcher.lease();
    const row = await this.database.transaction(() => this.acceptResend(id, deliveryId, lease, address));
    this.handOver(id, deliveryId, lease, this.people.open(row), row);
    return (await this.find(id))!;
  }

  /**
   * Ends a verification whose user gave up or mistyped; one that has ended stays as it is.
   *
   * @throws AppError NOT_FOUND.
   */
  async cancel(id: string): Promise<Verification> {
    await rows.cancelLive(this.database, id);
    const verification = await this.find(id);
    if (!verification) throw notFound();
    return verification;
  }

  /** Null for an unknown id; a malformed one is an unknown one. */
  async find(id: string): Promise<Verification | null> {
    const codeLength = this.codes.codeLength(id);
    const row = codeLength === null ? null : await rows.findWithDelivery(this.database, id);
    return (
      row && toVerification(row, this.people.open(row), codeLength!, this.settings.limits.cooldownSeconds)
    );
  }

  private *accept(
    id: string,
    deliveryId: string,
    lease: string | null,
    recipient: Recipient,
    options: RequestOptions,
  ): Work<Requested> {
    const { requestKey, fingerprint } = this.requestIdentity(recipient, options);
    if (requestKey !== null) {
      const earlier = yield* rows.findByRequestKey(requestKey);
      if (earlier) return { id: earlier.id, createdAt: earlier.created_at, expiresAt: earlier.expires_at };
    }
    const { channel } = recipient;
    const fixed = this.codes.isFixed(recipient);
    const recipientKey = this.people.key(recipient);
    if (!fixed) yield* this.spend(recipient.channel, recipientKey, options.address);
    const times = yield* rows.insertVerification({
      id,
      channel,
      purpose: options.purpose,
      locale: options.locale,
      recipientSealed: this.people.seal(id, recipient),
      recipientKey,
      maxAttempts: this.settings.maxAttempts,
      ttlSeconds: this.settings.codes[channel].ttlSeconds,
      nonce: options.nonce ?? null,
      requestKey,
      requestFingerprint: fingerprint,
    });
    const delivery = { id: deliveryId, verificationId: id, channel, expiresAt: times.expires_at, lease };
    yield* fixed ? enqueueDelivered(delivery) : enqueue(delivery);
    return { id, createdAt: times.created_at, expiresAt: times.expires_at };
  }

  private *acceptResend(
    id: string,
    deliveryId: string,
    lease: string | null,
    address: string | null,
  ): Work<rows.VerificationRow> {
    const row = yield* rows.findInWork(id);
    if (!row) throw notFound();
    if (row.status !== 'PENDING' || row.attempts_remaining === 0 || row.expires_at <= row.now) {
      throw new AppError('CONFLICT', 'the verification has ended; request a new one');
    }
    const fixed = this.codes.isFixed(this.people.open(row));
    if (!fixed) yield* this.spend(row.channel, row.recipient_key, address);
    const delivery = {
      id: deliveryId,
      verificationId: id,
      channel: row.channel,
      expiresAt: row.expires_at,
      lease,
    };
    yield* fixed ? enqueueDelivered(delivery) : enqueue(delivery);
    return row;
  }

  /** The recipient first, the crowds after it: all nodes take the rows in this order, so none waits in a circle. */
  private *spend(channel: Recipient['channel'], recipientKey: string, address: string | null): Work<void> {
    yield* spendMessage(recipientKey, this.settings.limits);
    for (const crowd of this.crowds(channel, address)) yield* spendCrowd(crowd);
  }

  private crowds(channel: Recipient['channel'], address: string | null): CrowdLimit[] {
    const crowds: CrowdLimit[] = [];
    const { ipHourly, smsDaily } = this.settings;
    if (address !== null && ipHourly > 0) {
      const key = this.people.index('address', address);
      crowds.push({ key, name: 'IP_HOURLY', limit: ipHourly, windowMs: HOUR_MS });
    }
    if (channel === 'SMS' && smsDaily > 0) {
      const key = this.people.index('sms-daily', '');
      crowds.push({ key, name: 'SMS_DAILY', limit: smsDaily, windowMs: DAY_MS });
    }
    return crowds;
  }

  private requestIdentity(recipient: Recipient, options: RequestOptions) {
    if (!options.idempotencyKey) return { requestKey: null, fingerprint: null };
    const { purpose, locale, nonce } = options;
    const input = JSON.stringify([recipient.channel, recipient.canonical, purpose, locale, nonce ?? null]);
    return {
      requestKey: this.people.index('request-key', options.idempotencyKey),
      fingerprint: this.people.index('request', input),
    };
  }

  /** The verification that stands under the idempotency key, or null. */
  private async replay(recipient: Recipient, options: RequestOptions): Promise<Verification | null> {
    const { requestKey, fingerprint } = this.requestIdentity(recipient, options);
    const row = await this.database.transaction(() => rows.findByRequestKey(requestKey!));
    if (!row) return null;
    if (row.request_fingerprint !== fingerprint) {
      throw new AppError('CONFLICT', 'idempotencyKey: was used with another input');
    }
    return this.find(row.id);
  }

  private handOver(
    id: string,
    deliveryId: string,
    lease: string | null,
    to: Recipient,
    wording: { locale: string; purpose: string },
  ): void {
    if (this.codes.isFixed(to)) return;
    if (lease === null) return this.dispatcher.wake();
    this.dispatcher.deliver({ id: deliveryId, verificationId: id, channel: to.channel, lease }, () =>
      this.composer.compose(id, deliveryId, to, wording),
    );
  }
}

function notFound(): AppError {
  return new AppError('NOT_FOUND', 'there is no such verification');
}
