import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** That a message was "sent" to the development inbox. Its text is rendered when it is read. */
@Entity('inbox_message')
@Index('inbox_message_recipient', ['recipientKey', 'sentAt'])
@Index('inbox_message_sent', ['sentAt'])
@Index('inbox_message_verification', ['verificationId'])
export class InboxMessageEntity {
  /** The delivery's id: the same delivery twice is one message. */
  @PrimaryColumn('text') id: string;
  @Column('text', { name: 'verification_id' }) verificationId: string;
  @Column('text', { name: 'recipient_key' }) recipientKey: string;
  @Column('bigint', { name: 'sent_at' }) sentAt: number;
}
