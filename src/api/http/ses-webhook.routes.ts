import { type FastifyInstance, type FastifyReply } from 'fastify';
import { parseSesEvent } from '../../channels/ses/events/ses-events';
import { SnsUnavailable, type SnsClient, UntrustedAddress } from '../../channels/ses/events/sns-client';
import { isSignedBy, parseSnsMessage, type SnsMessage } from '../../channels/ses/events/sns-message';
import { DatabaseUnavailable } from '../../database/database-errors';
import { type SesEventRecorder } from '../../delivery/receipts/ses-event-recorder';
import { type Clock } from '../../shared/clock';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';

export interface SesWebhookParts {
  /** The topic whose messages are accepted and the client for its region; null refuses every message. */
  topic: { arn: string; sns: SnsClient } | null;
  clock: Clock;
  events: SesEventRecorder;
  metrics: Metrics;
  logger: Logger;
}

/** SNS allows 256 KiB for a message. Each quotation mark in it takes two bytes in the body. */
const MAX_BODY_BYTES = 512 * 1024;

/**
 * SNS retries an HTTPS endpoint for at most one hour
 * (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html). The rest allows for wrong
 * clocks. Older messages are replays.
 */
const MAX_AGE_MS = 75 * 60_000;
const MAX_AHEAD_MS = 15 * 60_000;

/**
 * `POST /webhooks/ses`: events of SES, sent through SNS. A message that is not verified is answered with 403,
 * which SNS does not retry. A message that cannot be processed now is answered with 503, which SNS retries
 * for up to one hour.
 */
export function sesWebhookRoutes(parts: SesWebhookParts): (server: FastifyInstance) => void {
  return (server) => {
    server.register(async (scope) => {
      // SNS sends text/plain. The body is read as text whatever its type is, and its signature decides
      // whether it is accepted.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      scope.post('/webhooks/ses', { bodyLimit: MAX_BODY_BYTES }, async ({ body }, reply) => {
        const { topic } = parts;
        const message = topic !== null && typeof body === 'string' ? parseSnsMessage(body) : null;
        try {
          if (topic === null || message === null || !(await isVerified(message, topic, parts.clock)))
            return refuse(parts, reply);
          return reply.status(await handle(message, topic.sns, parts)).send();
        } catch (error) {
          if (error instanceof UntrustedAddress) return refuse(parts, reply, error.message);
          if (!(error instanceof SnsUnavailable || error instanceof DatabaseUnavailable)) throw error;
          parts.logger.warn(
            { error: error.message },
            'an SES event could not be processed now; SNS will send it again',
          );
          return reply.status(503).send();
        }
      });
    });
  };
}

/**
 * Checks the topic and the time before the signature, so that a caller who does not know the topic cannot
 * make the server load a certificate. The signature covers all three.
 */
async function isVerified(
  message: SnsMessage,
  { arn, sns }: { arn: string; sns: SnsClient },
  clock: Clock,
): Promise<boolean> {
  if (message.TopicArn !== arn || !isRecent(message.Timestamp, clock.now())) return false;
  return isSignedBy(message, await sns.certificate(message.SigningCertURL));
}

/** False for a time that cannot be parsed. */
function isRecent(timestamp: string, now: number): boolean {
  const sentAt = Date.parse(timestamp);
  return sentAt >= now - MAX_AGE_MS && sentAt <= now + MAX_AHEAD_MS;
}

function refuse(
  { metrics, logger }: SesWebhookParts,
  reply: FastifyReply,
  reason = 'the topic, the time or the signature is not valid',
) {
  metrics.sesEvents.inc({ type: '', result: 'refused' });
  logger.debug({ reason }, 'a message to /webhooks/ses was refused');
  return reply.status(403).send({ error: 'the message is not signed by SNS for the topic in SES_TOPIC_ARN' });
}

/** @returns the status of the answer. */
async function handle(message: SnsMessage, sns: SnsClient, { events, metrics, logger }: SesWebhookParts) {
  if (message.Type === 'SubscriptionConfirmation') {
    await sns.confirm(message.SubscribeURL!);
    logger.info('the subscription to SES events is confirmed');
    return 200;
  }
  if (message.Type === 'UnsubscribeConfirmation') {
    logger.warn('the subscription to SES events has ended: subscribe /webhooks/ses to the topic again');
    return 200;
  }
  const event = parseSesEvent(message.Message);
  if (event === null) {
    metrics.sesEvents.inc({ type: 'other', result: 'ignored' });
    return 200;
  }
  return (await events.record(event)) === 'early' ? 503 : 200;
}
