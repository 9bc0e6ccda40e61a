import { type DeliveryFailure } from '../../channels/provider.types';
import { type Statement } from '../../database/statement';
import { type SendResult } from '../send.entity';

/** A send that has ended and is not the latest accepted send of its delivery. */
export interface EndedSend {
  provider: string;
  result: SendResult;
  failure: DeliveryFailure | null;
  /** The provider's own code and words, masked and storable. */
  detail: string | null;
}

/**
 * How many sends of a delivery are kept. Codes that are valid for many hours can have thousands during an outage, and
 * all but the latest say the same.
 */
export const KEPT_SENDS = 200;

/** Removes a send that is too old to be kept. A send with an unknown outcome stays, because it can still be looked up. */
export function removeOldSend(deliveryId: string, number: number): Statement {
  return {
    sql: `DELETE FROM send WHERE delivery_id = $1 AND number = $2 AND result IN ('TEMPORARY_ERROR', 'SKIPPED')
      RETURNING number`,
    params: [deliveryId, number - KEPT_SENDS],
  };
}

/** Keeps a send that no provider accepted. `number` is the delivery's count of sends. */
export function insertSend(deliveryId: string, number: number, send: EndedSend): Statement {
  const { provider, result, failure, detail } = send;
  return {
    sql: `INSERT INTO send (delivery_id, number, provider, result, failure, detail, ended_at)
      VALUES ($1, $2, $3, $4, $5, $6, now_ms())`,
    params: [deliveryId, number, provider, result, failure, detail],
  };
}
