import { type DeliveryFailure } from '../channels/provider.types';
import { type Database } from '../database/database';
import { type DeliveryStatus } from '../delivery/delivery.entity';
import { type SendResult } from '../delivery/send.entity';

/** One send of a delivery as operators see it. */
export interface LoggedSend {
  provider: string;
  result: SendResult;
  failure: DeliveryFailure | null;
  /** The provider's own code and words, masked. */
  detail: string | null;
  providerMessageId: string | null;
  /** When the provider answered, or when its answer was given up, in epoch milliseconds. */
  endedAt: number;
}

/** The columns of a delivery that its latest accepted send is read from. */
export interface LatestSend {
  id: string;
  status: DeliveryStatus;
  failure: DeliveryFailure | null;
  provider: string | null;
  providerMessageId: string | null;
  lastError: string | null;
  sentAt: number | null;
}

/**
 * Finds all sends of some deliveries, in their order. The latest accepted send is part of the delivery's row, and the
 * table `send` has the others.
 */
export async function findSends(
  database: Database,
  deliveries: readonly LatestSend[],
): Promise<Map<string, LoggedSend[]>> {
  const found = new Map<string, LoggedSend[]>(deliveries.map(({ id }) => [id, []]));
  if (deliveries.length === 0) return found;
  const places = deliveries.map((_, index) => `$${index + 1}`).join(', ');
  const rows = await database.read<LoggedSend & { deliveryId: string }>(
    `SELECT delivery_id AS "deliveryId", provider, result, failure, detail,
       provider_message_id AS "providerMessageId", ended_at AS "endedAt"
     FROM send WHERE delivery_id IN (${places}) ORDER BY delivery_id, number`,
    deliveries.map(({ id }) => id),
  );
  for (const { deliveryId, ...send } of rows) found.get(deliveryId)!.push(send);
  for (const delivery of deliveries) {
    const sends = found.get(delivery.id)!;
    const latest = latestSend(delivery, sends);
    if (latest !== null) sends.push(latest);
  }
  return found;
}

/** Finds all sends of the deliveries with these ids, in their order. */
export async function findSendsById(
  database: Database,
  ids: readonly string[],
): Promise<Map<string, LoggedSend[]>> {
  if (ids.length === 0) return new Map();
  const places = ids.map((_, index) => `$${index + 1}`).join(', ');
  const deliveries = await database.read<LatestSend>(
    `SELECT id, status, failure, provider, provider_message_id AS "providerMessageId", last_error AS "lastError",
       sent_at AS "sentAt"
     FROM delivery WHERE id IN (${places})`,
    [...ids],
  );
  return findSends(database, deliveries);
}

/** The latest accepted send. Null: no send is accepted, or its receipt made the delivery move on. */
function latestSend(delivery: LatestSend, earlier: readonly LoggedSend[]): LoggedSend | null {
  const { status, failure, provider, providerMessageId, lastError, sentAt } = delivery;
  if (sentAt === null || provider === null) return null;
  const send = { provider, failure: null, detail: null, providerMessageId, endedAt: sentAt };
  if (status === 'FAILED') {
    // The last error of a delivery begins with the name of its provider.
    const detail = lastError?.startsWith(`${provider}: `) ? lastError.slice(provider.length + 2) : lastError;
    return { ...send, result: 'NOT_DELIVERED', failure, detail };
  }
  // An earlier send whose receipt came late may be the one that arrived.
  const arrived = status === 'DELIVERED' && !earlier.some(({ result }) => result === 'DELIVERED');
  return { ...send, result: arrived ? 'DELIVERED' : 'ACCEPTED' };
}
