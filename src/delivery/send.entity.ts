import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type DeliveryFailure } from '../channels/provider.types';

/** The result of one send. */
export type SendResult =
  /** The provider accepted the message. No result is known yet. */
  | 'ACCEPTED'
  /** The message arrived. */
  | 'DELIVERED'
  /** The provider accepted the message and reported later that it did not arrive. */
  | 'NOT_DELIVERED'
  /** The provider refused the message for good. */
  | 'REFUSED'
  /** The provider could not accept the message at that time. */
  | 'TEMPORARY_ERROR'
  /** The provider gave no usable answer, so it may have accepted the message. */
  | 'UNKNOWN'
  /** The provider was not called, because it cannot send this message. */
  | 'SKIPPED';

/**
 * A send of a delivery that is not its latest accepted one. The latest accepted send is part of the delivery's own row,
 * so that a delivery that needs one send costs no second row (docs/decisions/0018-sends.md).
 */
@Entity('send')
@Index('send_receipt_due', ['receiptDueAt'], { where: 'receipt_due_at IS NOT NULL' })
export class SendEntity {
  @ForeignKey('DeliveryEntity', { name: 'send_of_delivery', onDelete: 'CASCADE' })
  @PrimaryColumn('text', { name: 'delivery_id' })
  deliveryId: string;
  /** 1 for the first send of the delivery. */
  @PrimaryColumn('integer') number: number;
  @Column('text') provider: string;
  @Column('text') result: SendResult;
  @Column('text', { nullable: true }) failure: DeliveryFailure | null;
  /** The provider's own code and words, masked. */
  @Column('text', { nullable: true }) detail: string | null;
  @Column('text', { name: 'provider_message_id', nullable: true }) providerMessageId: string | null;
  /** When the provider answered, or when waiting for its answer ended. */
  @Column('bigint', { name: 'ended_at' }) endedAt: number;
  /** When to query the provider for a receipt. Null: it is not queried. */
  @Column('bigint', { name: 'receipt_due_at', nullable: true }) receiptDueAt: number | null;
  @Column('integer', { name: 'receipt_checks', default: 0 }) receiptChecks: number;
}
