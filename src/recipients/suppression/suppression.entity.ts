import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Channel } from '../channel';

/** Why a recipient is suppressed. */
export type SuppressionCause =
  /** An e-mail bounced for good. */
  | 'BOUNCE'
  /** The recipient complained about an e-mail. */
  | 'COMPLAINT'
  /** An operator suppressed the recipient. */
  | 'OPERATOR';

/** A recipient that must not be sent to. */
@Entity('suppression')
@Index('suppression_created', ['createdAt', 'key'])
export class SuppressionEntity {
  /** Blind index of exactly this recipient, compared without case. */
  @PrimaryColumn('text') key: string;
  @Column('text') channel: Channel;
  /** The recipient, encrypted. Null after an erasure: the recipient stays suppressed, and nobody can read who it is. */
  @Column('text', { name: 'recipient_sealed', nullable: true }) recipientSealed: string | null;
  @Column('text') cause: SuppressionCause;
  /** What the operator wrote. */
  @Column('text', { nullable: true }) note: string | null;
  /** The verification whose message bounced. It has no foreign key, because the suppression outlives it. */
  @Column('text', { name: 'verification_id', nullable: true }) verificationId: string | null;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
}
