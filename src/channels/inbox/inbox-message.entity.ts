import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message that was "sent" to the development inbox. Its text is rendered when the inbox is read. */
@Entity('inbox_message')
@Index('inbox_message_recipient', ['recipientKey', 'sentAt'])
@Index('inbox_message_sent', ['sentAt'])
@Index('inbox_message_verification', ['verificationId'])
export class InboxMessageEntity {
  /** The id of the delivery, so that a delivery that is sent twice is one message. */
  @PrimaryColumn('text') id: string;
  // Referenced by its name, because channels must not import from verification.
  @ForeignKey('VerificationEntity', { name: 'inbox_message_of_verification', onDelete: 'CASCADE' })
  @Column('text', { name: 'verification_id' })
  verificationId: string;
  @Column('text', { name: 'recipient_key' }) recipientKey: string;
  @Column('bigint', { name: 'sent_at' }) sentAt: number;
}
