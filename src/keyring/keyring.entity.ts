import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What a key of the keyring is for; one purpose never serves another. */
export type KeyPurpose = 'code' | 'index' | 'seal' | 'proof';

/** A random key, wrapped by the master secret. Numbers count from 1 within a purpose. */
@Entity('keyring')
export class KeyringEntity {
  @PrimaryColumn('text') purpose: KeyPurpose;
  @PrimaryColumn('integer') number: number;
  /** Salt of the key that wraps this one, base64url. */
  @Column('text') salt: string;
  /** Nonce, ciphertext and tag of AES-256-GCM, base64url. */
  @Column('text') wrapped: string;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  /** A retired key opens and checks, but makes nothing new. */
  @Column('bigint', { name: 'retired_at', nullable: true }) retiredAt: number | null;
}
