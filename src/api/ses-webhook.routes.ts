import { type FastifyInstance, type FastifyReply } from 'fastify';
import { parseSesEvent } from '../channels/email/ses-events';
import { SnsUnavailable, type SnsClient, UntrustedAddress } from '../channels/email/sns-client';
import { isSignedBy, parseSnsMessage, type SnsMessage } from '../channels/email/sns-message';
import { DatabaseUnavailable } from '../database/database';
import { type DeliveryEvents } from '../delivery/delivery-events';
import { type Logger } from '../shared/logger';
import { type Metrics } from '../shared/metrics';

export interface SesWebhookParts {
  /** The topic whose messages are believed; null for none. */
  topicArn: string | null;
  sns: SnsClient;
  events: DeliveryEvents;
  metrics: Metrics;
  logger: Logger;
}

/** SNS's limit is 256 KiB for what was published; quotes in it take two bytes each in the body. */
const MAX_BODY_BYTES = 512 * 1024;

/**
 * `POST /webhooks/ses`: events of SES through SNS. What is not believed is 403, which SNS does not send again; what
 * cannot be handled now is 503, which it does (first at once, then for days).
 */
export function sesWebhookRoutes(parts: SesWebhookParts): (server: FastifyInstance) => void {
  return (server) => {
    server.register(async (scope) => {
      // SNS says text/plain; whatever is said, the body is read as text and judged by its signature.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      scope.post('/webhooks/ses', { bodyLimit: MAX_BODY_BYTES }, async ({ body }, reply) => {
        const message = typeof body === 'string' ? parseSnsMessage(body) : null;
        try {
          if (message === null || !(await isBelieved(message, parts))) return refuse(parts, reply);
          return reply.status(await handle(message, parts)).send();
        } catch (error) {
          if (error instanceof UntrustedAddress) return refuse(parts, reply, error.message);
          if (!(error instanceof SnsUnavailable || error instanceof DatabaseUnavailable)) throw error;
          parts.logger.warn({ error: error.message }, 'an event of SES waits to be sent again');
          return reply.status(503).send();
        }
      });
    });
  };
}

/** The topic first: a stranger who does not know it cannot make the server fetch anything. */
async function isBelieved(message: SnsMessage, { topicArn, sns }: SesWebhookParts): Promise<boolean> {
  if (topicArn === null || message.TopicArn !== topicArn) return false;
  return isSignedBy(message, await sns.certificate(message.SigningCertURL));
}

function refuse({ metrics, logger }: SesWebhookParts, reply: FastifyReply, reason = 'not believed') {
  metrics.sesEvent('', 'refused');
  logger.debug({ reason }, 'a message to the webhook was refused');
  return reply.status(403).send({ error: 'not a signed message of the topic in SES_TOPIC_ARN' });
}

/** @returns the status to answer with. */
async function handle(message: SnsMessage, { sns, events, metrics, logger }: SesWebhookParts) {
  if (message.Type === 'SubscriptionConfirmation') {
    await sns.confirm(message.SubscribeURL!);
    logger.info('the subscription to the events of SES is confirmed');
    return 200;
  }
  if (message.Type === 'UnsubscribeConfirmation') {
    logger.warn('the subscription to the events of SES has ended');
    return 200;
  }
  const event = parseSesEvent(message.Message);
  if (event === null) {
    metrics.sesEvent('other', 'ignored');
    return 200;
  }
  return (await events.record(event)) === 'early' ? 503 : 200;
}
