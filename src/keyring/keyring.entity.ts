import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The purpose of a key. A key is never used for another purpose. */
export type KeyPurpose = 'code' | 'index' | 'seal' | 'proof';

/** A random key, encrypted (wrapped) under the master secret. Numbers count from 1 within a purpose. */
@Entity('keyring')
export class KeyringEntity {
  @PrimaryColumn('text') purpose: KeyPurpose;
  @PrimaryColumn('integer') number: number;
  /** Salt from which the wrapping key is derived, base64url. */
  @Column('text') salt: string;
  /** Nonce, ciphertext and tag of AES-256-GCM, base64url. */
  @Column('text') wrapped: string;
  @Column('bigint', { name: 'created_at' }) createdAt: number;
  /** A retired key decrypts and verifies. Nothing new is encrypted or signed with it. */
  @Column('bigint', { name: 'retired_at', nullable: true }) retiredAt: number | null;
}
