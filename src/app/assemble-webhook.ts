import { type FastifyInstance } from 'fastify';
import { sesWebhookRoutes } from '../api/ses-webhook.routes';
import { SnsClient } from '../channels/email/sns-client';
import { DeliveryEvents } from '../delivery/delivery-events';
import { type Foundations } from './foundations';

/** What providers tell by themselves. */
export function assembleWebhook({
  config,
  overrides,
  database,
  metrics,
  logger,
  clock,
}: Foundations): (server: FastifyInstance) => void {
  const sns = new SnsClient(clock, overrides.snsDispatcher);
  const events = new DeliveryEvents(database, metrics, logger);
  return sesWebhookRoutes({ topicArn: config.channels.sesTopicArn, sns, events, metrics, logger });
}
