import { setTimeout as sleep } from 'node:timers/promises';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type HttpReceipt, MalformedReceipt, readHttpReceipt } from '../../channels/http/http-receipt';
import { DatabaseUnavailable } from '../../database/database-errors';
import {
  type PushedReceipt,
  type PushedReceiptResult,
  type PushedReceipts,
} from '../../delivery/receipts/pushed-receipt.types';
import { type Logger } from '../../observability/logger';
import { type Metrics } from '../../observability/metrics';
import { type Clock } from '../../shared/clock';
import { isSignedWebhook } from '../../shared/standard-webhooks';

export interface DeliveryWebhookParts {
  /** The secrets of the provider `http`; none refuses every receipt. */
  secrets: readonly string[];
  receipts: PushedReceipts;
  clock: Clock;
  metrics: Metrics;
  logger: Logger;
}

const MAX_BODY_BYTES = 16 * 1024;

/**
 * A fast gateway reports before this server has recorded that the gateway accepted the message. The receipt is then
 * recorded again after 50, 100, 200 ms and so on, for at most so long.
 */
const EARLY_MS = 3_000;
const FIRST_PAUSE_MS = 50;
const RETRY_AFTER_SECONDS = 5;

/**
 * `POST /webhooks/delivery`: receipts of the operator's own gateway. A receipt without a valid signature is answered
 * with 401, before its body is parsed. One that cannot be recorded now is answered with 503: the gateway must report
 * again.
 */
export function deliveryWebhookRoutes(parts: DeliveryWebhookParts): (server: FastifyInstance) => void {
  return (server) => {
    server.register(async (scope) => {
      // The signature covers the bytes of the body, whatever its type is.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      scope.post('/webhooks/delivery', { bodyLimit: MAX_BODY_BYTES }, (request, reply) =>
        answer(parts, request, reply),
      );
    });
  };
}

async function answer(parts: DeliveryWebhookParts, request: FastifyRequest, reply: FastifyReply) {
  const { secrets, clock, metrics, logger } = parts;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (!isSignedWebhook(secrets, request.headers, { nowMs: clock.now(), body })) {
    metrics.httpReceipts.inc({ status: '', result: 'refused' });
    logger.debug('a receipt to /webhooks/delivery was refused: its signature or its time is not valid');
    return reply.status(401).send({ error: 'the receipt is not signed with HTTP_PROVIDER_SECRET' });
  }
  try {
    const receipt = readHttpReceipt(body.toString());
    const result = await record(receipt, parts);
    return result === 'early' ? reportAgain(reply) : reply.status(204).send();
  } catch (error) {
    if (error instanceof MalformedReceipt) {
      const { message, fields } = error;
      metrics.httpReceipts.inc({ status: '', result: 'malformed' });
      logger.warn({ error: message }, 'a receipt to /webhooks/delivery is malformed');
      return reply.status(400).send({ error: message, fields });
    }
    if (!(error instanceof DatabaseUnavailable)) throw error;
    logger.warn(
      { error: error.message },
      'a receipt could not be recorded now; the gateway must report again',
    );
    return reportAgain(reply);
  }
}

function reportAgain(reply: FastifyReply) {
  return reply
    .status(503)
    .header('retry-after', RETRY_AFTER_SECONDS)
    .send({ error: 'the receipt cannot be recorded now: report again' });
}

async function record(
  { deliveryId, receipt }: HttpReceipt,
  { receipts, metrics, logger }: DeliveryWebhookParts,
): Promise<PushedReceiptResult> {
  const status = receipt.state === 'delivered' ? 'DELIVERED' : 'FAILED';
  const detail = receipt.state === 'delivered' ? status : `${status}: ${receipt.failure}`;
  const pushed = { deliveryId, providers: ['http'], providerMessageId: null, receipt, detail };
  const result = await recordSoon(receipts, pushed);
  metrics.httpReceipts.inc({ status, result });
  if (result === 'recorded') logger.info({ delivery: deliveryId, status, result }, 'gateway receipt');
  else logger.debug({ status, result }, 'gateway receipt');
  return result;
}

async function recordSoon(receipts: PushedReceipts, pushed: PushedReceipt): Promise<PushedReceiptResult> {
  const deadline = performance.now() + EARLY_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const result = await receipts.record(pushed);
    const leftMs = deadline - performance.now();
    if (result !== 'early' || leftMs <= 0) return result;
    await sleep(Math.min(pauseMs, leftMs));
  }
}
