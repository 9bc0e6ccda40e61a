import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * The life cycle of a key: generated or imported (CREATED), its record found in DNS (PUBLISHED), given to SES
 * (PENDING), in use (ACTIVE), not confirmed by SES (FAILED), replaced or removed (RETIRED).
 */
export type DkimKeyState = 'CREATED' | 'PUBLISHED' | 'PENDING' | 'ACTIVE' | 'FAILED' | 'RETIRED';

/** A DKIM key of a sending domain. Rows are never deleted, so that no selector is used twice. */
@Entity('dkim_key')
@Index('dkim_key_name', ['domain', 'selector'], { unique: true })
@Index('dkim_key_watch_due', ['watchDueAt'], { where: 'watch_due_at IS NOT NULL' })
export class DkimKeyEntity {
  @PrimaryColumn('text') id: string;
  @Column('text') domain: string;
  @Column('text') selector: string;
  @Column('integer') bits: number;
  /** SubjectPublicKeyInfo, base64. */
  @Column('text', { name: 'public_key' }) publicKey: string;
  /** PKCS#8, encrypted with the keyring's seal key and bound to this row; empty when the key is retired. */
  @Column('text', { name: 'private_key_sealed' }) privateKeySealed: string;
  @Column('text') state: DkimKeyState;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  /** When its record was first found in DNS. */
  @Column('bigint', { name: 'published_at', nullable: true }) publishedAt: number | null;
  @Column('bigint', { name: 'pending_at', nullable: true }) pendingAt: number | null;
  /** When SES accepted it; null while the answer of SES is not known. */
  @Column('bigint', { name: 'handed_at', nullable: true }) acceptedAt: number | null;
  @Column('bigint', { name: 'active_at', nullable: true }) activeAt: number | null;
  @Column('bigint', { name: 'failed_at', nullable: true }) failedAt: number | null;
  @Column('bigint', { name: 'retired_at', nullable: true }) retiredAt: number | null;
  /** When the record of a retired key may be removed from DNS. */
  @Column('bigint', { name: 'removal_safe_at', nullable: true }) removalSafeAt: number | null;
  /** Why SES does not sign with it, as a sentence. */
  @Column('text', { nullable: true }) failure: string | null;
  /** A fault of an active key that the watcher found at its last check. */
  @Column('text', { nullable: true }) drift: string | null;
  @Column('bigint', { name: 'drift_since', nullable: true }) driftSince: number | null;
  @Column('bigint', { name: 'watched_at', nullable: true }) watchedAt: number | null;
  /** When the watcher checks it next; null for never. */
  @Column('bigint', { name: 'watch_due_at', nullable: true }) watchDueAt: number | null;
}
