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

/** Keeps a send that no provider accepted. `number` is the delivery's count of sends. */
export function insertSend(deliveryId: string, number: number, send: EndedSend): Statement {
  const { provider, result, failure, detail } = send;
  return {
    sql: `INSERT INTO send (delivery_id, number, provider, result, failure, detail, ended_at)
      VALUES ($1, $2, $3, $4, $5, $6, now_ms())`,
    params: [deliveryId, number, provider, result, failure, detail],
  };
}
