import { type SesEvent } from '../../channels/ses/events/ses-events';
import { type Database } from '../../database/database';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { storable } from '../../shared/storable';
import { findDelivery } from './find-delivery';
import { recordPushedDelivery } from './record-pushed-delivery';
import { recordPushedFailure } from './record-pushed-failure';

/**
 * `early`: the mail is out and its sending is not recorded yet, so the event must come again. `unmatched`: no delivery
 * of ours that still exists. `ignored`: it settles nothing.
 */
export type EventResult = 'recorded' | 'unchanged' | 'unmatched' | 'early' | 'ignored';

/**
 * Records what SES's events say became of a mail. They come twice and in any order, so where two differ the order does
 * not decide: a lasting failure outweighs an arrival, since servers take mail and send it back later, and an arrival
 * outweighs a passing failure, since an out-of-office answer comes as one.
 */
export class DeliveryEvents {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  /** @throws DatabaseUnavailable: then it must come again. */
  async record(event: SesEvent): Promise<EventResult> {
    const result = await this.settle(event);
    this.metrics.sesEvents.inc({ type: event.type, result });
    const { deliveryId: delivery, verificationId: verification, type, detail } = event;
    const details = { delivery, verification, type, detail, result };
    if (result === 'recorded' || event.type === 'Complaint') this.logger.info(details, 'mail event');
    return result;
  }

  private async settle({ type, outcome, deliveryId, messageId, detail }: SesEvent): Promise<EventResult> {
    if (outcome === null) return 'ignored';
    if (deliveryId === null) return 'unmatched';
    const known = await findDelivery(this.database, deliveryId);
    if (known === null) return 'unmatched';
    if (known.provider_message_id !== messageId || !isSes(known.provider))
      // A try whose answer was lost, or the one that is just being recorded: the queue will tell which.
      return known.status === 'QUEUED' ? 'early' : 'unmatched';
    const mail = { id: deliveryId, messageId };
    const failed = outcome.state === 'failed';
    const changed = failed
      ? await recordPushedFailure(this.database, mail, {
          ...outcome,
          lastError: storable([known.provider, type, detail].filter(Boolean).join(': ')),
        })
      : await recordPushedDelivery(this.database, mail);
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
