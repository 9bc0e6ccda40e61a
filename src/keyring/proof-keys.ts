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
  /** When it stops signing, which may lie ahead; null for the newest one. */
  retiredAt: number | null;
}

/** What the caller of `succeed` decides; the rest follows from the keys that are there. */
export type SuccessionPlan = Omit<Succession, 'after'>;

/**
 * The keys that sign proofs. One retires when the next is due to sign, and the next is there before that: of the keys
 * that are not retired at a moment the oldest signs. So a new key is published, on every node, before it is used.
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

  /** The key that signs what happened at a time: the same one again when the same is signed again later. */
  signing(at: number): ProofKey {
    return this.keys.findLast(({ retiredAt }) => retiredAt === null || retiredAt > at) ?? this.newest;
  }

  /** The keys that will sign, that sign, and that retired after a given time. */
  retiredAfter(time: number): readonly ProofKey[] {
    return this.keys.filter(({ retiredAt }) => retiredAt === null || retiredAt > time);
  }

  /** Takes over what other nodes have changed. Callers at the same time share one look. */
  refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = null));
    return this.reading;
  }

  /** Makes the next key; false when it is not time, or when another node has made it. */
  async succeed(plan: SuccessionPlan): Promise<boolean> {
    const after = this.newest.number;
    const wrapped = this.master.wrap(newProofKey(), wrapContext('proof', after + 1));
    const made = await this.database.transaction(() => succeedProofKey(wrapped, { ...plan, after }));
    // A look that began before the commit may not have seen it.
    await this.reading?.catch(() => undefined);
    await this.refresh();
    return made;
  }

  /** @throws Error when no secret of this node opens a key: it is used no sooner than the secret is right. */
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
