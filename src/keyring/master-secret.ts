import { randomBytes, scryptSync } from 'node:crypto';
import { decrypt, encrypt } from './aead';

/** A key as the table keeps it. */
export interface WrappedKey {
  salt: string;
  wrapped: string;
}

/**
 * The operator's secrets (INJEUNG_SECRET): any of them opens a wrapped key, the first one wraps. The wrapping key
 * comes from scrypt (RFC 7914), so that a stolen backup does not allow fast guessing at a weak secret; the salt is
 * made once per process, so that a start pays for one derivation and not for one a key.
 */
export class MasterSecrets {
  private readonly salt = randomBytes(16).toString('base64url');
  private readonly derived = new Map<string, Buffer>();

  constructor(private readonly secrets: readonly string[]) {}

  wrap(key: Buffer, context: string): WrappedKey {
    const wrapped = encrypt(this.wrappingKey(0, this.salt), key, context).toString('base64url');
    return { salt: this.salt, wrapped };
  }

  /** The key and whether the first secret opened it, or null when none of the secrets does. */
  unwrap({ salt, wrapped }: WrappedKey, context: string): { key: Buffer; byFirst: boolean } | null {
    const box = Buffer.from(wrapped, 'base64url');
    for (let index = 0; index < this.secrets.length; index++) {
      try {
        return { key: decrypt(this.wrappingKey(index, salt), box, context), byFirst: index === 0 };
      } catch {
        continue;
      }
    }
    return null;
  }

  private wrappingKey(index: number, salt: string): Buffer {
    const name = `${index}:${salt}`;
    const known = this.derived.get(name);
    if (known) return known;
    const key = scryptSync(this.secrets[index]!, Buffer.from(salt, 'base64url'), 32);
    this.derived.set(name, key);
    return key;
  }
}
