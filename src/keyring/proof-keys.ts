import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { type Database } from '../database/database';
import { type KeyRow, readKeysOf, succeedProofKey, type Succession, wrapContext } from './keyring.repository';
import { type MasterSecrets } from './master-secret';

/** An Ed25519 pair that signs proofs; `kid` names it in the JWKS. Times are epoch milliseconds. */
export interface ProofKey {
  number: number;
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  createdAt: number;
  /** When it stops signing, which may be in the future; null for the newest key. */
  retiredAt: number | null;
}

/** The part of a succession that the caller of `succeed` decides. */
export type SuccessionPlan = Omit<Succession, 'after'>;

/**
 * The keys that sign proofs. The oldest key that has not retired signs. A new key is stored some time before the previous
 * one retires, so that every node publishes it before it signs.
 */
export class ProofKeys {
  private reading: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly master: MasterSecrets,
    /** Newest first. */
    private keys: readonly ProofKey[],
  ) {}

  get newest(): ProofKey {
    return this.keys[0]!;
  }

  /** The key that signs a proof of this time, so that signing it again later gives the same proof. */
  signing(at: number): ProofKey {
    return this.keys.findLast(({ retiredAt }) => retiredAt === null || retiredAt > at) ?? this.newest;
  }

  /** The keys that retired after a time, that sign, and that will sign. */
  retiredAfter(time: number): readonly ProofKey[] {
    return this.keys.filter(({ retiredAt }) => retiredAt === null || retiredAt > time);
  }

  /** Reads the keys that other nodes have changed. Simultaneous calls share one read. */
  refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  /** Creates the next key; false when it is too early, or when another node has created it. */
  async succeed(plan: SuccessionPlan): Promise<boolean> {
    const after = this.newest.number;
    const wrapped = this.master.wrap(newProofKey(), wrapContext('proof', after + 1));
    const made = await this.database.transaction(() => succeedProofKey(wrapped, { ...plan, after }));
    // A read that began before the commit may have missed the new key.
    await this.reading?.catch(() => undefined);
    await this.refresh();
    return made;
  }

  /** @throws Error when no secret of this node unwraps a key. That key is not used until the secret is right. */
  private async read(): Promise<void> {
    const rows = await readKeysOf(this.database, 'proof');
    const keys: ProofKey[] = [];
    const closed: number[] = [];
    for (const row of rows) {
      const known = this.keys.find(({ number }) => number === row.number);
      const bytes = known ? null : this.master.unwrap(row, wrapContext('proof', row.number))?.key;
      if (known) keys.push({ ...known, retiredAt: row.retired_at });
      else if (bytes) keys.push(toProofKey(row, bytes));
      else closed.push(row.number);
    }
    if (keys.length > 0) this.keys = keys;
    if (closed.length > 0)
      throw new Error(
        `INJEUNG_SECRET: none of the secrets decrypts proof key ${closed.join(', ')}; restore the secret that was first in the list when the key was created`,
      );
  }
}

/** An Ed25519 private key (RFC 8032) as PKCS#8. */
export function newProofKey(): Buffer {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' });
}

export function toProofKey(row: KeyRow, bytes: Buffer): ProofKey {
  const { number, created_at: createdAt, retired_at: retiredAt } = row;
  const privateKey = createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' });
  const publicKey = createPublicKey(privateKey);
  const fingerprint = createHmac('sha256', 'injeung kid')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return {
    number,
    kid: `${number}-${fingerprint.slice(0, 10)}`,
    privateKey,
    publicKey,
    createdAt,
    retiredAt,
  };
}
