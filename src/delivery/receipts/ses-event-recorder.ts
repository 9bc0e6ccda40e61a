import { type SesEvent, type SesSuppression } from '../../channels/ses/events/ses-events';
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

/** Suppresses recipients. `src/operations` implements it. */
export interface RecipientSuppressor {
  suppressAfterEvent(verificationId: string, why: SesSuppression): Promise<void>;
}

export interface SesEventRecorderDeps {
  receipts: PushedReceipts;
  suppressor: RecipientSuppressor;
  metrics: Metrics;
  logger: Logger;
}

/** Converts events of SES to receipts and records them. Suppresses recipients whose mail bounced for good. */
export class SesEventRecorder {
  constructor(private readonly deps: SesEventRecorderDeps) {}

  /** @throws DatabaseUnavailable; SNS must deliver the event again then. */
  async record(event: SesEvent): Promise<SesEventResult> {
    const result = await this.store(event);
    const { suppression, verificationId: suppressed } = event;
    if (suppression !== null && suppressed !== null)
      await this.deps.suppressor.suppressAfterEvent(suppressed, suppression);
    this.deps.metrics.sesEvents.inc({ type: event.type, result });
    const { deliveryId: delivery, verificationId: verification, type, detail } = event;
    const details = { delivery, verification, type, detail, result };
    if (result === 'recorded' || event.type === 'Complaint') this.deps.logger.info(details, 'mail event');
    return result;
  }

  private async store({ type, outcome, deliveryId, messageId, detail }: SesEvent): Promise<SesEventResult> {
    if (outcome === null) return 'ignored';
    if (deliveryId === null) return 'unmatched';
    return this.deps.receipts.record({
      deliveryId,
      providers: SES_PROVIDERS,
      providerMessageId: messageId,
      receipt: outcome,
      detail: [type, detail].filter(Boolean).join(': '),
    });
  }
}
