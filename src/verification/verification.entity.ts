import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { type Channel } from '../recipients/channel';

/** What the row knows; EXPIRED and LOCKED follow from PENDING with the clock and the tries. */
export type StoredStatus = 'PENDING' | 'VERIFIED' | 'CANCELED';

/** A code that was asked for. The code itself is not here, and the recipient only sealed. Times: epoch ms. */
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
  /** Blind index of the canonical recipient without case: erasure finds the row by it. */
  @Column('text', { name: 'recipient_key' }) recipientKey: string;
  @Column('text') status: StoredStatus;
  @Column('integer', { name: 'attempts_remaining' }) attemptsRemaining: number;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  @Column('bigint', { name: 'expires_at' }) expiresAt: number;
  /** When it was verified or canceled. */
  @Column('bigint', { name: 'settled_at', nullable: true }) settledAt: number | null;
  /** The caller's nonce, repeated in the proof. */
  @Column('text', { nullable: true }) nonce: string | null;
  /** Blind index of the request's idempotency key. */
  @Column('text', { name: 'request_key', nullable: true }) requestKey: string | null;
  /** Blind index of the input under that key: another input is a conflict. */
  @Column('text', { name: 'request_fingerprint', nullable: true }) requestFingerprint: string | null;
  /** Blind index of the idempotency key that the right code came with. */
  @Column('text', { name: 'verify_key', nullable: true }) verifyKey: string | null;
  @Column('bigint', { name: 'proof_consumed_at', nullable: true }) proofConsumedAt: number | null;
  /** Blind index that messages and attempts count under, where it is not `recipientKey` (see limit-key.ts). */
  @Column('text', { name: 'limit_key', nullable: true }) limitKey: string | null;
}
