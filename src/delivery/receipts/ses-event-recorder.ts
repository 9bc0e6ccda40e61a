import { type SesEvent } from '../../channels/ses/events/ses-events';
import { type Database } from '../../database/database';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { toStorableText } from '../../shared/to-storable-text';
import { findDelivery } from './find-delivery';
import { storePushedDelivery } from './store-pushed-delivery';
import { storePushedFailure } from './store-pushed-failure';

/** The effect of an event. The values are labels of a metric. */
export type SesEventResult =
  /** It changed the delivery. */
  | 'recorded'
  /** The delivery already has this outcome, or one that outweighs it. */
  | 'unchanged'
  /** No stored delivery belongs to its mail. */
  | 'unmatched'
  /** The outcome of the send is not recorded yet, so SNS must deliver the event again. */
  | 'early'
  /** It reports no outcome. */
  | 'ignored';

/**
 * Records the receipts that SES pushes as events. Events can arrive more than once and in any order, so the order is
 * ignored. A permanent failure outweighs a delivery, because a server can accept an e-mail and return it later. A
 * delivery outweighs a temporary failure, because SES reports an out-of-office reply as a temporary failure.
 */
export class SesEventRecorder {
  constructor(
    private readonly database: Database,
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
    const known = await findDelivery(this.database, deliveryId);
    if (known === null) return 'unmatched';
    if (known.provider_message_id !== messageId || !isSes(known.provider))
      // The event belongs to an earlier send whose outcome is unknown, or to a send whose outcome is not recorded yet.
      return known.status === 'QUEUED' ? 'early' : 'unmatched';
    const mail = { id: deliveryId, messageId };
    const failed = outcome.state === 'failed';
    const changed = failed
      ? await storePushedFailure(this.database, mail, {
          ...outcome,
          lastError: toStorableText([known.provider, type, detail].filter(Boolean).join(': ')),
        })
      : await storePushedDelivery(this.database, mail);
    if (!changed) return 'unchanged';
    this.metrics.deliveriesEnded.inc({
      channel: 'EMAIL',
      status: failed ? 'FAILED' : 'DELIVERED',
      failure: failed ? outcome.failure : '',
    });
    return 'recorded';
  }
}

function isSes(provider: string | null): boolean {
  return provider === 'ses' || provider === 'ses-smtp';
}
