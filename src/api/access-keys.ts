import { hash, timingSafeEqual } from 'node:crypto';

/** The keys of one kind of caller, compared in constant time. */
export class AccessKeys {
  private readonly digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.digests = keys.map(digest);
  }

  get any(): boolean {
    return this.digests.length > 0;
  }

  /**
   * The fingerprint of the key in an `Authorization: Bearer` header, or null when it is none of these. Digests are
   * compared, so that neither content nor length of a key shows in the time it takes.
   */
  fingerprint(authorization: string | undefined): string | null {
    if (!this.any) return null;
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return null;
    const sought = digest(given);
    let found: Buffer | null = null;
    for (const known of this.digests) if (timingSafeEqual(known, sought)) found = known;
    return found && found.toString('hex').slice(0, 12);
  }
}

function digest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
