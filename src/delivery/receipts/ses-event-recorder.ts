import { type SesEvent } from '../../channels/ses/events/ses-events';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { type PushedReceiptResult, type PushedReceipts } from './pushed-receipt.types';

/** The providers whose mail SES sends. */
const SES_PROVIDERS = ['ses', 'ses-smtp'];

/** The effect of an event. The values are labels of a metric. */
export type SesEventResult =
  | PushedReceiptResult
  /** It reports no outcome. */
  | 'ignored';

/** Converts events of SES to receipts and records them. */
export class SesEventRecorder {
  constructor(
    private readonly receipts: PushedReceipts,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /** @throws DatabaseUnavailable; SNS must deliver the event again then. */
  async record(event: SesEvent): Promise<SesEventResult> {
    const result = await this.store(event);
    this.metrics.sesEvents.inc({ type: event.type, result });
    const { deliveryId: delivery, verificationId: verification, type, detail } = event;
    const details = { delivery, verification, type, detail, result };
    if (result === 'recorded' || event.type === 'Complaint') this.logger.info(details, 'mail event');
    return result;
  }

  private async store({ type, outcome, deliveryId, messageId, detail }: SesEvent): Promise<SesEventResult> {
    if (outcome === null) return 'ignored';
    if (deliveryId === null) return 'unmatched';
    return this.receipts.record({
      deliveryId,
      providers: SES_PROVIDERS,
      providerMessageId: messageId,
      receipt: outcome,
      detail: [type, detail].filter(Boolean).join(': '),
    });
  }
}
