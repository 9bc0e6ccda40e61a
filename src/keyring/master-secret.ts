import { randomBytes, scryptSync } from 'node:crypto';
import { decrypt, encrypt } from './aead';

/** A key as it is stored. */
export interface WrappedKey {
  salt: string;
  wrapped: string;
}

/**
 * The operator's secrets (INJEUNG_SECRET). Each of them unwraps keys, and the first one wraps them. The wrapping key is
 * derived with scrypt (RFC 7914), so that a weak secret cannot be guessed quickly from a stolen backup. The salt is
 * created once per process, so that a start derives one wrapping key instead of one for each key.
 */
export class MasterSecrets {
  private readonly salt = randomBytes(16).toString('base64url');
  private readonly derived = new Map<string, Buffer>();

  constructor(private readonly secrets: readonly string[]) {}

  wrap(key: Buffer, context: string): WrappedKey {
    const wrapped = encrypt(this.wrappingKey(0, this.salt), key, context).toString('base64url');
    return { salt: this.salt, wrapped };
  }

  /** The key, and whether the first secret unwraps it; null when no secret does. */
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
