import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { type Dispatcher } from '../dispatcher';
import { type KnownDelivery } from './find-delivery';
import { type PushedReceipt, type PushedReceiptResult } from './pushed-receipt.types';
import { type ReportedSend } from './reported-send';

/** What recording a receipt changed. */
export interface Change {
  result: PushedReceiptResult;
  /** The status that the receipt ended the delivery with. */
  ended?: 'DELIVERED' | 'FAILED';
  /** When the next provider sends, in milliseconds. */
  nextInMs?: number;
}

/** Reports what a recorded receipt changed: to the metrics, to the log, and to the dispatcher that sends again. */
export class ReceiptReporter {
  constructor(
    private readonly dispatcher: Pick<Dispatcher, 'wakeAfter'>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  report(pushed: PushedReceipt, delivery: KnownDelivery, change: Change): PushedReceiptResult {
    const { deliveryId, receipt, detail } = pushed;
    const { result, ended, nextInMs } = change;
    if (nextInMs !== undefined) this.reportMove(pushed, delivery, { detail, nextInMs });
    if (ended === undefined) return result;
    const failure = ended === 'FAILED' && receipt.state === 'failed' ? receipt.failure : '';
    this.metrics.deliveriesEnded.inc({ channel: delivery.channel, status: ended, failure });
    const about = { delivery: deliveryId, verification: delivery.verification_id };
    if (ended === 'FAILED') this.logger.warn({ ...about, failure, detail }, 'message was not delivered');
    return result;
  }

  reportMove(
    { deliveryId, providers }: ReportedSend,
    { verification_id: verification }: KnownDelivery,
    { detail, nextInMs }: { detail: string; nextInMs: number },
  ): void {
    this.dispatcher.wakeAfter(nextInMs);
    const about = { delivery: deliveryId, verification, provider: providers.join(',') };
    this.logger.warn(
      { ...about, detail, retryInMs: nextInMs },
      'message was not delivered; it is sent again',
    );
  }
}
