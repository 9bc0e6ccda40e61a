import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Channel } from '../recipients/channel';

/** The stored status. EXPIRED and LOCKED are not stored: they follow from PENDING, the time and the attempts. */
export type StoredStatus = 'PENDING' | 'VERIFIED' | 'CANCELED';

/** A verification. Its code is not stored, and its recipient is encrypted. Times are epoch milliseconds. */
@Entity('verification')
@Index('verification_recipient', ['recipientKey'])
@Index('verification_limit_key', ['limitKey'], { where: 'limit_key IS NOT NULL' })
@Index('verification_created', ['createdAt', 'id'])
@Index('verification_request_key', ['requestKey'], { unique: true, where: 'request_key IS NOT NULL' })
export class VerificationEntity {
  @PrimaryColumn('text') id: string;
  @Column('text') channel: Channel;
  @Column('text') purpose: string;
  @Column('text') locale: string;
  /** The canonical recipient, encrypted under the seal key and bound to this row. */
  @Column('text', { name: 'recipient_sealed' }) recipientSealed: string;
  /** Blind index of the canonical recipient in lower case. Erasure finds the row with it. */
  @Column('text', { name: 'recipient_key' }) recipientKey: string;
  @Column('text') status: StoredStatus;
  @Column('integer', { name: 'attempts_remaining' }) attemptsRemaining: number;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  @Column('bigint', { name: 'expires_at' }) expiresAt: number;
  /** When it was verified or canceled. */
  @Column('bigint', { name: 'settled_at', nullable: true }) settledAt: number | null;
  /** The caller's nonce, repeated in the proof. */
  @Column('text', { nullable: true }) nonce: string | null;
  /** Blind index of the request's idempotency key. Null: the request had no key, or the key can be used again. */
  @Column('text', { name: 'request_key', nullable: true }) requestKey: string | null;
  /** Blind index of the request's input. A request with the same idempotency key but another input is a conflict. */
  @Column('text', { name: 'request_fingerprint', nullable: true }) requestFingerprint: string | null;
  /** Blind index of the idempotency key of the check that verified the code. */
  @Column('text', { name: 'verify_key', nullable: true }) verifyKey: string | null;
  @Column('bigint', { name: 'proof_consumed_at', nullable: true }) proofConsumedAt: number | null;
  /** Blind index that messages and attempts are counted under; null when it is `recipientKey` (see limit-key.ts). */
  @Column('text', { name: 'limit_key', nullable: true }) limitKey: string | null;
  /** The app hash that ends every SMS of this verification; null for the usual form of the SMS. */
  @Column('text', { name: 'app_hash', nullable: true }) appHash: string | null;
}
