import { hash, timingSafeEqual } from 'node:crypto';
import { type AccessKey } from '../../../config/keys';

/** How logs and metrics identify a key. */
export interface KeyId {
  /** The name that the operator gave it, or null. */
  name: string | null;
  /** The first 12 hexadecimal digits of its SHA-256. */
  fingerprint: string;
}

/** The keys of one kind of caller, compared in constant time. */
export class AccessKeys {
  private readonly known: readonly { digest: Buffer; id: KeyId }[];

  constructor(keys: readonly AccessKey[]) {
    this.known = keys.map(({ name, key }) => {
      const digest = digestOf(key);
      return { digest, id: { name, fingerprint: digest.toString('hex').slice(0, 12) } };
    });
  }

  get any(): boolean {
    return this.known.length > 0;
  }

  /**
   * Returns the key in an `Authorization: Bearer` header, or null when it is not one of these keys. Digests
   * are compared, so that the duration reveals neither the content nor the length of a key.
   */
  find(authorization: string | undefined): KeyId | null {
    if (!this.any) return null;
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return null;
    const sought = digestOf(given);
    let found: KeyId | null = null;
    for (const { digest, id } of this.known) if (timingSafeEqual(digest, sought)) found = id;
    return found;
  }
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
