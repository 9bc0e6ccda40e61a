import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type DeliveryFailure } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';

export type DeliveryStatus = 'QUEUED' | 'SENT' | 'DELIVERED' | 'FAILED';

/** A message of a verification. It holds neither text nor recipient, because it is composed when it is sent. */
@Entity('delivery')
@Index('delivery_verification', ['verificationId'])
@Index('delivery_due', ['dueAt'], { where: 'due_at IS NOT NULL' })
@Index('delivery_receipt_due', ['receiptDueAt'], { where: 'receipt_due_at IS NOT NULL' })
export class DeliveryEntity {
  @PrimaryColumn('text') id: string;
  // The entity is given by name, because this folder must not import from src/verification.
  @ForeignKey('VerificationEntity', { name: 'delivery_of_verification', onDelete: 'CASCADE' })
  @Column('text', { name: 'verification_id' })
  verificationId: string;
  @Column('text') channel: Channel;
  @Column('text') status: DeliveryStatus;
  @Column('text', { nullable: true }) failure: DeliveryFailure | null;
  /** The provider that accepted the message, or the one that failed last. */
  @Column('text', { nullable: true }) provider: string | null;
  @Column('text', { name: 'provider_message_id', nullable: true }) providerMessageId: string | null;
  /** Sends that have ended, counted over all providers. */
  @Column('integer') attempts: number;
  /** The list of providers begins after this one. Null: it begins with the first one. */
  @Column('text', { name: 'starts_after', nullable: true }) startsAfter: string | null;
  /** How often the whole list of providers failed. It determines the back-off. */
  @Column('integer') rounds: number;
  /** Names of the providers that refused permanently, comma separated. */
  @Column('text', { name: 'ruled_out' }) ruledOut: string;
  /** When the first send with an unknown outcome began. The message is looked up before it is sent again. */
  @Column('bigint', { name: 'uncertain_since', nullable: true }) uncertainSince: number | null;
  /** How often the current provider was asked again about an unknown outcome. */
  @Column('integer', { default: 0 }) settlings: number;
  /** Sends whose outcome is unknown. The provider may have accepted each of them, so each may be a copy. */
  @Column('integer', { name: 'unknown_outcomes', default: 0 }) unknownOutcomes: number;
  /**
   * When the row can be claimed: when its next send is due, or when its lease expires. Null: it is not in the queue.
   */
  @Column('bigint', { name: 'due_at', nullable: true }) dueAt: number | null;
  /** The lease whose owner may change the row. Null: nobody has claimed it. */
  @Column('text', { name: 'lease_owner', nullable: true }) leaseOwner: string | null;
  /** When to query the provider for a receipt. Null: it is not queried. */
  @Column('bigint', { name: 'receipt_due_at', nullable: true }) receiptDueAt: number | null;
  /** How often the provider was queried for a receipt. */
  @Column('integer', { name: 'receipt_checks' }) receiptChecks: number;
  /** The last error in the provider's terms, for the operator. */
  @Column('text', { name: 'last_error', nullable: true }) lastError: string | null;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  /** When the code expires. Nothing is sent after that. */
  @Column('bigint', { name: 'expires_at' }) expiresAt: number;
  @Column('bigint', { name: 'sent_at', nullable: true }) sentAt: number | null;
  @Column('bigint', { name: 'updated_at' }) updatedAt: number;
}
