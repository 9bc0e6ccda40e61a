import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { type EventType } from './event.types';

/** An event that waits to be sent. It is deleted when the receiver has it, and with its verification. */
@Entity('event')
@Index('event_due', ['dueAt'])
@Index('event_verification', ['verificationId'])
export class EventEntity {
  @PrimaryColumn('text') id: string;
  @Column('text') type: EventType;
  // By name, because this folder must not import from src/verification.
  @ForeignKey('VerificationEntity', { name: 'event_of_verification', onDelete: 'CASCADE' })
  @Column('text', { name: 'verification_id', nullable: true })
  verificationId: string | null;
  @Column('text', { name: 'delivery_id', nullable: true }) deliveryId: string | null;
  /** The blind index of a suppressed recipient. */
  @Column('text', { name: 'suppression_key', nullable: true }) suppressionKey: string | null;
  @Column('text') status: string;
  @Column('text', { nullable: true }) failure: string | null;
  /** How many sends have failed. */
  @Column('integer', { default: 0 }) attempts: number;
  /** When the event can be claimed: when its next send is due, or when its lease expires. */
  @Column('bigint', { name: 'due_at' }) dueAt: number;
  @Column('text', { name: 'lease_owner', nullable: true }) leaseOwner: string | null;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
}
