import { type Provider } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { type Transaction } from '../../database/statement';
import { isStorable } from '../../database/storable-text';
import { type EventOutbox } from '../../events/event-outbox';
import { type Channel } from '../../recipients/channel';
import { toStorableText } from '../../shared/to-storable-text';
import {
  chooseProvider,
  decideNextStep,
  type NextStep,
  type Progress,
  type Situation,
} from '../failover-rule';
import { type MessageSource } from '../message-source.types';
import { type ProviderPauses } from '../provider-pauses';
import { traitsOf } from '../provider-traits';
import { type LockedDelivery, lockDelivery } from '../queue/lock-delivery';
import { findDelivery, type KnownDelivery } from './find-delivery';
import { moveOn } from './move-on';
import { type Change, type ReceiptReporter } from './receipt-reporter';
import { type PushedReceipt, type PushedReceiptResult, type PushedReceipts } from './pushed-receipt.types';
import { findEarlierSend, hasArrivedBefore, isLatestSend, type ReportedSend } from './reported-send';
import { ruleOut } from './rule-out';
import { storeDelivered, storeEarlierDelivered } from './store-delivered';
import { storeEarlierNotDelivered, storeNotDelivered } from './store-not-delivered';

export interface ReceiptRecorderDeps {
  database: Database;
  source: MessageSource;
  providers: Record<Channel, readonly Provider[]>;
  pauses: ProviderPauses;
  events: EventOutbox;
  reporter: ReceiptReporter;
}

const UNCHANGED: Change = { result: 'unchanged' };

type FailedReceipt = Extract<PushedReceipt['receipt'], { state: 'failed' }>;

/**
 * Records the receipts of messages that providers accepted, whether a provider was queried or reports by itself.
 *
 * Receipts can come more than once and in any order, so the order is ignored. A permanent failure outweighs a delivery,
 * because a server can accept an e-mail and return it later. A delivery outweighs a temporary failure, because SES
 * reports an out-of-office reply as a temporary failure.
 *
 * While the code can be used, a message that did not arrive is sent again, as the failover rule decides. Receipts of
 * earlier sends never start a send, because the delivery has already been passed to another provider.
 */
export class ReceiptRecorder implements PushedReceipts {
  constructor(private readonly deps: ReceiptRecorderDeps) {}

  async record(pushed: PushedReceipt): Promise<PushedReceiptResult> {
    const { database, reporter } = this.deps;
    const { deliveryId, providerMessageId, receipt } = pushed;
    if (![deliveryId, providerMessageId ?? ''].every(isStorable)) return 'unmatched';
    const delivered = receipt.state === 'delivered' ? await storeDelivered(this.deps, pushed) : null;
    if (delivered !== null)
      return reporter.report(pushed, delivered, { result: 'recorded', ended: 'DELIVERED' });
    const delivery = await findDelivery(database, deliveryId);
    if (delivery === null) return 'unmatched';
    const usable = receipt.state === 'failed' && (await this.codeIsUsable(deliveryId, delivery));
    const change = await database.transaction(() => this.apply(pushed, delivery.channel, usable));
    return reporter.report(pushed, delivery, change);
  }

  /**
   * Passes a message on to the next provider, because its provider has sent no receipt in time. The receipt is queried
   * again after `receiptInMs`.
   *
   * @returns false when another provider cannot help, or when the outcome is known already.
   */
  async recordMissing(send: ReportedSend, receiptInMs: number): Promise<boolean> {
    const { database, reporter } = this.deps;
    const delivery = await findDelivery(database, send.deliveryId);
    if (delivery === null || !(await this.codeIsUsable(send.deliveryId, delivery))) return false;
    const detail = 'no receipt in time';
    const change = await database.transaction(() =>
      this.passOn(send, delivery.channel, { detail, receiptInMs }),
    );
    if (change.nextInMs === undefined) return false;
    reporter.reportMove(send, delivery, { detail, nextInMs: change.nextInMs });
    return true;
  }

  private *passOn(
    send: ReportedSend,
    channel: Channel,
    { detail, receiptInMs }: { detail: string; receiptInMs: number },
  ): Transaction<Change> {
    const row = yield* lockDelivery(send.deliveryId, this.deps.database.dialect);
    if (row === null || row.status !== 'SENT' || !isLatestSend(row, send)) return UNCHANGED;
    const step = this.nextStep({ ...turnOf(row), setback: { kind: 'no-receipt' } }, channel);
    if (step.action !== 'next') return UNCHANGED;
    const { progress, delayMs } = step;
    const lastError = errorOf(row.provider!, detail);
    yield* moveOn(row.id, { progress, delayMs, failure: null, detail, lastError, receiptInMs });
    return { result: 'recorded', nextInMs: delayMs };
  }

  private *apply(pushed: PushedReceipt, channel: Channel, usable: boolean): Transaction<Change> {
    const row = yield* lockDelivery(pushed.deliveryId, this.deps.database.dialect);
    if (row === null) return { result: 'unmatched' };
    if (isLatestSend(row, pushed)) return yield* this.applyToLatest(row, channel, pushed, usable);
    if (mayBeAboutRunningSend(row, pushed)) return { result: 'early' };
    const earlier = yield* findEarlierSend(pushed);
    if (earlier === null) return { result: row.status === 'QUEUED' ? 'early' : 'unmatched' };
    const { receipt, detail } = pushed;
    if (earlier.result === 'DELIVERED') return UNCHANGED;
    if (receipt.state === 'delivered') {
      yield* storeEarlierDelivered(this.deps.events, row, earlier.number);
      return row.status === 'DELIVERED' ? { result: 'recorded' } : { result: 'recorded', ended: 'DELIVERED' };
    }
    if (earlier.result === 'NOT_DELIVERED') return UNCHANGED;
    yield* storeEarlierNotDelivered(row, earlier.number, { failure: receipt.failure, detail });
    const waits = row.status === 'QUEUED' && row.lease_owner === null && usable;
    if (earlier.result === 'UNKNOWN' && waits)
      return yield* this.applyToUnknown(row, channel, { provider: earlier.provider, receipt, detail });
    const endedWithoutSend = row.status === 'SENT' && row.sent_at === null;
    if (!endedWithoutSend) return { result: 'recorded' };
    yield* storeNotDelivered(this.deps.events, row, receipt.failure, errorOf(earlier.provider, detail));
    return { result: 'recorded', ended: 'FAILED' };
  }

  /**
   * Acts on the failure of a send whose outcome was unknown, while its delivery waits for the next send. Its provider is
   * not asked about it any more, and a provider that deduplicates would not send the message again.
   */
  private *applyToUnknown(
    row: LockedDelivery,
    channel: Channel,
    { provider, receipt, detail }: { provider: string; receipt: FailedReceipt; detail: string },
  ): Transaction<Change> {
    const { failure, retryable } = receipt;
    const progress = progressOf(row);
    const turn = chooseProvider(
      traitsOf(this.deps.providers[channel]),
      progress,
      this.deps.pauses.of(channel),
    );
    const setback = { kind: 'not-delivered', failure, retryable } as const;
    const step = this.nextStep({ progress, provider, setback }, channel);
    if (step.action === 'next') {
      const settles = progress.settlings > 0 && turn?.name === provider;
      const { delayMs } = step;
      yield* ruleOut(row.id, {
        ruledOut: step.progress.ruledOut,
        turn: settles ? { provider, delayMs } : null,
      });
      return { result: 'recorded', ...(settles ? { nextInMs: delayMs } : {}) };
    }
    yield* storeNotDelivered(this.deps.events, row, failure, errorOf(provider, detail));
    return { result: 'recorded', ended: 'FAILED' };
  }

  private *applyToLatest(
    row: LockedDelivery,
    channel: Channel,
    { receipt, detail }: PushedReceipt,
    usable: boolean,
  ): Transaction<Change> {
    // A delivery that changes the row was recorded before, without a transaction.
    if (receipt.state === 'delivered' || !mayReplace(row, receipt)) return UNCHANGED;
    if (yield* hasArrivedBefore(row.id)) return UNCHANGED;
    const { failure, retryable } = receipt;
    const lastError = errorOf(row.provider!, detail);
    const step: NextStep =
      row.status === 'SENT' && usable
        ? this.nextStep({ ...turnOf(row), setback: { kind: 'not-delivered', failure, retryable } }, channel)
        : { action: 'fail', failure, ruledOut: [] };
    if (step.action === 'next') {
      const { progress, delayMs } = step;
      yield* moveOn(row.id, { progress, delayMs, failure, detail, lastError, receiptInMs: null });
      return { result: 'recorded', nextInMs: delayMs };
    }
    yield* storeNotDelivered(this.deps.events, row, failure, lastError);
    return { result: 'recorded', ended: 'FAILED' };
  }

  private nextStep(turn: Pick<Situation, 'progress' | 'provider' | 'setback'>, channel: Channel): NextStep {
    const { providers, pauses } = this.deps;
    return decideNextStep({
      ...turn,
      providers: traitsOf(providers[channel]),
      pauseOf: pauses.of(channel),
      random: Math.random(),
    });
  }

  /** Whether the code can still be verified, so that its message is worth sending. */
  private async codeIsUsable(deliveryId: string, { verification_id }: KnownDelivery): Promise<boolean> {
    return typeof (await this.deps.source.message(verification_id, deliveryId)) !== 'string';
  }
}

/** The last error of a delivery begins with the name of the provider whose message did not arrive. */
function errorOf(provider: string, detail: string): string {
  return toStorableText(`${provider}: ${detail}`);
}

function progressOf(row: LockedDelivery): Progress {
  return {
    startsAfter: row.starts_after,
    provider: row.provider,
    ruledOut: row.ruled_out === '' ? [] : row.ruled_out.split(','),
    rounds: row.rounds,
    settlings: row.settlings,
    unknownOutcomes: row.unknown_outcomes,
  };
}

/** The turn of the provider that has accepted the message. */
function turnOf(row: LockedDelivery): Pick<Situation, 'progress' | 'provider'> {
  return { progress: { ...progressOf(row), settlings: 0 }, provider: row.provider! };
}

/**
 * Whether a failure may replace the recorded outcome. UNREACHABLE is temporary, so it replaces nothing and is always
 * replaced.
 */
function mayReplace({ status, failure }: LockedDelivery, reported: FailedReceipt): boolean {
  if (status === 'SENT') return true;
  if (reported.failure === 'UNREACHABLE') return false;
  return status === 'DELIVERED' || (status === 'FAILED' && failure === 'UNREACHABLE');
}

/**
 * Whether a failure may be about a send whose outcome is not recorded yet. A gateway knows its messages by the delivery's
 * id, so its receipts do not distinguish that send from an earlier one.
 */
function mayBeAboutRunningSend({ status, lease_owner }: LockedDelivery, pushed: PushedReceipt): boolean {
  const sendRuns = status === 'QUEUED' && lease_owner !== null;
  return sendRuns && pushed.providerMessageId === null && pushed.receipt.state === 'failed';
}
