import { type FastifyInstance } from 'fastify';
import { sesWebhookRoutes } from '../../api/http/ses-webhook.routes';
import { SnsClient } from '../../channels/ses/events/sns-client';
import { snsHost } from '../../channels/ses/events/sns-topic';
import { SesEventRecorder } from '../../delivery/receipts/ses-event-recorder';
import { type AppContext } from '../app-context';

/** Wires the webhooks that providers call. */
export function assembleWebhook({
  config,
  overrides,
  database,
  metrics,
  logger,
  clock,
}: AppContext): (server: FastifyInstance) => void {
  const arn = config.channels.sesTopicArn;
  const host = arn && snsHost(arn);
  const topic = arn && host ? { arn, sns: new SnsClient(host, clock, overrides.snsDispatcher) } : null;
  const events = new SesEventRecorder(database, metrics, logger);
  return sesWebhookRoutes({ topic, clock, events, metrics, logger });
}
