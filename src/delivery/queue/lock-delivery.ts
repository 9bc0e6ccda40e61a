import { type DeliveryFailure } from '../../channels/provider.types';
import { type Database } from '../../database/database';
import { query, type Transaction } from '../../database/statement';
import { type DeliveryStatus } from '../delivery.entity';

/** A locked delivery, with its latest accepted send. */
export interface LockedDelivery {
  id: string;
  status: DeliveryStatus;
  failure: DeliveryFailure | null;
  provider: string | null;
  provider_message_id: string | null;
  /**
   * When the latest accepted send was accepted. Null: no send is accepted, or its receipt made the delivery move on.
   */
  sent_at: number | null;
  /** The lease of a send that runs now. Null: no send runs. */
  lease_owner: string | null;
  starts_after: string | null;
  ruled_out: string;
  rounds: number;
  settlings: number;
  unknown_outcomes: number;
}

/** Locks a delivery until the end of the transaction. Null for an unknown id. */
export function* lockDelivery(id: string, dialect: Database['dialect']): Transaction<LockedDelivery | null> {
  const [row] = yield* query<LockedDelivery>(
    `SELECT id, status, failure, provider, provider_message_id, sent_at, lease_owner, starts_after, ruled_out,
       rounds, settlings, unknown_outcomes
     FROM delivery WHERE id = $1 ${dialect === 'postgres' ? 'FOR UPDATE' : ''}`,
    [id],
  );
  return row ?? null;
}
