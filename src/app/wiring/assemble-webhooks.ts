import { type FastifyInstance } from 'fastify';
import { deliveryWebhookRoutes } from '../../api/http/delivery-webhook.routes';
import { sesWebhookRoutes } from '../../api/http/ses-webhook.routes';
import { SnsClient } from '../../channels/ses/events/sns-client';
import { snsHost } from '../../channels/ses/events/sns-topic';
import { type PushedReceipts } from '../../delivery/receipts/pushed-receipt.types';
import { type RecipientSuppressor, SesEventRecorder } from '../../delivery/receipts/ses-event-recorder';
import { type AppContext } from '../app-context';

/** Wires the webhooks that providers call. */
export function assembleWebhooks(
  { config, overrides, metrics, logger, clock }: AppContext,
  receipts: PushedReceipts,
  suppressor: RecipientSuppressor,
): ((server: FastifyInstance) => void)[] {
  const arn = config.channels.sesTopicArn;
  const host = arn && snsHost(arn);
  const topic = arn && host ? { arn, sns: new SnsClient(host, clock, overrides.snsDispatcher) } : null;
  const events = new SesEventRecorder({ receipts, suppressor, metrics, logger });
  const { secrets } = config.channels.http;
  return [
    sesWebhookRoutes({ topic, clock, events, metrics, logger }),
    deliveryWebhookRoutes({ secrets, receipts, clock, metrics, logger }),
  ];
}
