import { type Dispatcher } from '../../delivery/dispatcher';
import { type NewDelivery } from '../../delivery/queue/insert-delivery';
import { type Recipient } from '../../recipients/recipient';
import { type Clock } from '../../shared/clock';
import { type CodeDerivation } from '../code/code-derivation';
import { newDeliveryId } from '../code/verification-id';
import { type MessageComposer, type Wording } from '../message-composer';

/** A message before the transaction that accepts it. */
export interface Draft {
  verificationId: string;
  deliveryId: string;
  /** The lease under which this node sends the message. Null: this node is busy, so any node may claim the delivery. */
  lease: string | null;
  /** When the draft was made, by this node's clock, in epoch milliseconds. */
  madeAt: number;
  /** The list of providers begins after this one. Null: it begins with the first one. */
  startsAfter: string | null;
}

export interface OutboxDeps {
  dispatcher: Pick<Dispatcher, 'createLease' | 'dispatch' | 'wake'>;
  composer: Pick<MessageComposer, 'compose'>;
  codes: Pick<CodeDerivation, 'isFixed'>;
  clock: Clock;
}

/**
 * Prepares the delivery that is stored together with a verification, and passes it to the dispatcher after the commit.
 * Recipients with a fixed code are sent nothing.
 */
export class Outbox {
  constructor(private readonly deps: OutboxDeps) {}

  draft(verificationId: string): Draft {
    const madeAt = this.deps.clock.now();
    return {
      verificationId,
      deliveryId: newDeliveryId(madeAt),
      lease: this.deps.dispatcher.createLease(),
      madeAt,
      startsAfter: null,
    };
  }

  /**
   * Returns the delivery to store in the transaction that accepts the message.
   *
   * @param lifeMs how long the code is valid, in milliseconds.
   */
  newDelivery(
    { verificationId, deliveryId, lease, startsAfter }: Draft,
    recipient: Recipient,
    lifeMs: number,
  ): NewDelivery {
    const { channel } = recipient;
    const delivery = { id: deliveryId, verificationId, channel, lifeMs, startsAfter };
    return this.deps.codes.isFixed(recipient)
      ? { ...delivery, status: 'DELIVERED', lease: null }
      : { ...delivery, status: 'QUEUED', lease };
  }

  /**
   * Passes an accepted message to the dispatcher. Call it after the commit.
   *
   * @param wording `leftMs` must be measured when the draft is made or later, because the message must not promise more
   *   time than is left when it is sent.
   */
  send(draft: Draft, recipient: Recipient, wording: Wording): void {
    const { dispatcher, composer, codes, clock } = this.deps;
    const { verificationId, deliveryId, lease, madeAt, startsAfter } = draft;
    if (codes.isFixed(recipient)) return;
    if (lease === null) return dispatcher.wake();
    const { channel } = recipient;
    dispatcher.dispatch({ id: deliveryId, verificationId, channel, lease, startsAfter }, () => {
      const leftMs = wording.leftMs - Math.max(0, clock.now() - madeAt);
      return composer.compose(draft, recipient, { ...wording, leftMs });
    });
  }
}
