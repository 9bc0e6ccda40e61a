import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type DeliveryFailure } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';

export type DeliveryStatus = 'QUEUED' | 'SENT' | 'DELIVERED' | 'FAILED';

/** A message on its way. It holds neither text nor recipient: both come from the verification when it is sent. */
@Entity('delivery')
@Index('delivery_verification', ['verificationId'])
@Index('delivery_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Index('delivery_receipt_due', ['receiptDueAt'], { where: 'receipt_due_at IS NOT NULL' })
export class DeliveryEntity {
  @PrimaryColumn('text') id: string;
  // By name: this room knows nothing of the domain's classes.
  @ForeignKey('VerificationEntity', { name: 'delivery_of_verification', onDelete: 'CASCADE' })
  @Column('text', { name: 'verification_id' })
  verificationId: string;
  @Column('text') channel: Channel;
  @Column('text') status: DeliveryStatus;
  @Column('text', { nullable: true }) failure: DeliveryFailure | null;
  /** The provider that has the message, or whose turn ended last. */
  @Column('text', { nullable: true }) provider: string | null;
  @Column('text', { name: 'provider_message_id', nullable: true }) providerMessageId: string | null;
  /** Finished tries, at every provider together. */
  @Column('integer') attempts: number;
  /** How often the whole list of providers was tried in vain; sets the back-off. */
  @Column('integer') rounds: number;
  /** Providers that refused for good, comma separated. */
  @Column('text', { name: 'ruled_out' }) ruledOut: string;
  /** Since when a try may have succeeded without our knowing: look it up before sending again. */
  @Column('bigint', { name: 'uncertain_since', nullable: true }) uncertainSince: number | null;
  /** Sends whose outcome is unknown. The provider may have accepted each of them, so each may be a copy. */
  @Column('integer', { name: 'unknown_outcomes', default: 0 }) unknownOutcomes: number;
  /** When to look at the row next: its next try, or the end of its lease. Null once it has left the queue. */
  @Column('bigint', { name: 'due_at', nullable: true }) dueAt: number | null;
  /** The claim that may complete the row. */
  @Column('text', { name: 'lease_owner', nullable: true }) leaseOwner: string | null;
  @Column('bigint', { name: 'receipt_due_at', nullable: true }) receiptDueAt: number | null;
  @Column('integer', { name: 'receipt_checks' }) receiptChecks: number;
  /** The last trouble in the provider's terms, for the operator. */
  @Column('text', { name: 'last_error', nullable: true }) lastError: string | null;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  /** The code's end: nothing is sent after it. */
  @Column('bigint', { name: 'expires_at' }) expiresAt: number;
  @Column('bigint', { name: 'sent_at', nullable: true }) sentAt: number | null;
  @Column('bigint', { name: 'updated_at' }) updatedAt: number;
}
