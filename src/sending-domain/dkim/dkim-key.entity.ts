import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A key's life: made or imported (CREATED), its record seen in DNS (PUBLISHED), handed to SES (PENDING), in use
 * (ACTIVE) or given up by SES (FAILED), replaced by another or removed (RETIRED).
 */
export type DkimKeyState = 'CREATED' | 'PUBLISHED' | 'PENDING' | 'ACTIVE' | 'FAILED' | 'RETIRED';

/** A DKIM key of a sending domain. Rows stay for good, so that no selector is ever used twice. */
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
  /** PKCS#8 under the keyring's seal key, bound to this row; empty once the key has retired. */
  @Column('text', { name: 'private_key_sealed' }) privateKeySealed: string;
  @Column('text') state: DkimKeyState;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  /** When its record was first seen in DNS. */
  @Column('bigint', { name: 'published_at', nullable: true }) publishedAt: number | null;
  @Column('bigint', { name: 'pending_at', nullable: true }) pendingAt: number | null;
  /** When SES took it; null while its answer is not known. */
  @Column('bigint', { name: 'handed_at', nullable: true }) handedAt: number | null;
  @Column('bigint', { name: 'active_at', nullable: true }) activeAt: number | null;
  @Column('bigint', { name: 'failed_at', nullable: true }) failedAt: number | null;
  @Column('bigint', { name: 'retired_at', nullable: true }) retiredAt: number | null;
  /** From when a retired key's record may leave DNS. */
  @Column('bigint', { name: 'removal_safe_at', nullable: true }) removalSafeAt: number | null;
  /** Why SES gave it up, in words. */
  @Column('text', { nullable: true }) failure: string | null;
  /** What is wrong with an active key, as the watcher last saw it. */
  @Column('text', { nullable: true }) drift: string | null;
  @Column('bigint', { name: 'drift_since', nullable: true }) driftSince: number | null;
  @Column('bigint', { name: 'watched_at', nullable: true }) watchedAt: number | null;
  /** When the watcher looks at it next; null when it does not. */
  @Column('bigint', { name: 'watch_due_at', nullable: true }) watchDueAt: number | null;
}
