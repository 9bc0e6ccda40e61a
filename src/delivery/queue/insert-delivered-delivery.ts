import { type Channel } from '../../recipients/channel';
import { type Step } from '../../database/chain';

export interface DeliveredDelivery {
  id: string;
  verificationId: string;
  channel: Channel;
  /** The time until the code expires, in milliseconds. */
  lifeMs: number;
}

/** Stores a delivery that needs no send, because its recipient has a fixed code for tests. */
export function insertDeliveredDelivery({ id, verificationId, channel, lifeMs }: DeliveredDelivery): Step {
  return {
    key: 'id',
    sql: `INSERT INTO delivery (id, verification_id, channel, status, provider, attempts, rounds, ruled_out,
                           receipt_checks, created_at, expires_at, updated_at)
     SELECT $1, $2, $3, 'DELIVERED', 'none', 0, 0, '', 0, now_ms(), now_ms() + $4, now_ms() WHERE true
     RETURNING id`,
    params: [id, verificationId, channel, lifeMs],
  };
}
