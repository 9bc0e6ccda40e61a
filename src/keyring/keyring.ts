import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type Database } from '../database/database';
import { decrypt, encrypt } from './aead';
import { type KeyPurpose } from './keyring.entity';
import { MasterSecrets } from './master-secret';

interface KeyRow {
  purpose: KeyPurpose;
  number: number;
  salt: string;
  wrapped: string;
  retired_at: number | null;
}

interface Key {
  number: number;
  bytes: Buffer;
  retiredAt: number | null;
}

/** An Ed25519 pair that signs proofs; `kid` names it in the JWKS. */
export interface ProofKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
  retiredAt: number | null;
}

const PURPOSES: readonly KeyPurpose[] = ['code', 'index', 'seal', 'proof'];

/** None of the secrets in INJEUNG_SECRET opens the keyring of this database. */
export class WrongSecret extends Error {
  constructor() {
    super('INJEUNG_SECRET does not open the keyring of this database');
    this.name = 'WrongSecret';
  }
}

/**
 * The keys that codes, look-ups, sealed fields and proofs rest on: random, made at the first start, kept in the
 * database wrapped by the master secret. Neither the database nor the environment alone gives anything away, and
 * changing the secret changes no key: codes that are out stay good.
 */
export class Keyring {
  private constructor(
    private readonly keys: ReadonlyMap<KeyPurpose, readonly Key[]>,
    /** Newest first; the first one signs. */
    readonly proofKeys: readonly ProofKey[],
  ) {}

  /**
   * Opens the keyring, making what is missing and wrapping again what an older secret wrapped. Nodes that start
   * together agree: the first insert wins.
   *
   * @throws WrongSecret when no secret opens it.
   */
  static async open(database: Database, secrets: readonly string[]): Promise<Keyring> {
    const master = new MasterSecrets(secrets);
    const keys = new Map<KeyPurpose, Key[]>();
    for (const purpose of PURPOSES) keys.set(purpose, []);
    for (const row of await readOrCreate(database, master)) {
      const context = wrapContext(row.purpose, row.number);
      const opened = master.unwrap(row, context);
      if (!opened) throw new WrongSecret();
      if (!opened.byFirst) await rewrap(database, master, row, opened.key);
      keys.get(row.purpose)?.push({ number: row.number, bytes: opened.key, retiredAt: row.retired_at });
    }
    const proofKeys = keys.get('proof')!.map(toProofKey);
    return new Keyring(keys, proofKeys);
  }

  /** The key that new codes are derived with; its number travels in the verification's id. */
  currentCodeKey(): { number: number; bytes: Buffer } {
    return this.keys.get('code')![0]!;
  }

  codeKey(number: number): Buffer | undefined {
    return this.keys.get('code')!.find((key) => key.number === number)?.bytes;
  }

  /** A keyed hash (HMAC-SHA-256, 128 bits, base64url): equal for equal values, worth nothing without the key. */
  blindIndex(value: string): string {
    const key = this.keys.get('index')!.at(-1)!.bytes;
    return createHmac('sha256', key).update(value).digest().subarray(0, 16).toString('base64url');
  }

  /** Encrypts a field. `context` names the row and column it belongs to: elsewhere it does not open. */
  seal(plain: string, context: string): string {
    const key = this.keys.get('seal')![0]!;
    const box = encrypt(key.bytes, Buffer.from(plain), context);
    return `${key.number}.${box.toString('base64url')}`;
  }

  /** @throws Error when the field was changed or belongs to another row. */
  unseal(sealed: string, context: string): string {
    const dot = sealed.indexOf('.');
    const number = Number(sealed.slice(0, dot));
    const key = this.keys.get('seal')!.find((candidate) => candidate.number === number);
    if (!key) throw new Error(`no seal key has the number ${number}`);
    return decrypt(key.bytes, Buffer.from(sealed.slice(dot + 1), 'base64url'), context).toString();
  }
}

async function readOrCreate(database: Database, master: MasterSecrets): Promise<KeyRow[]> {
  const present = await readRows(database);
  const missing = PURPOSES.filter((purpose) => !present.some((row) => row.purpose === purpose));
  // A wrong secret must not add keys to a keyring that it cannot open.
  if (
    missing.length === 0 ||
    present.some((row) => !master.unwrap(row, wrapContext(row.purpose, row.number)))
  ) {
    return present;
  }
  for (const purpose of missing) {
    const { salt, wrapped } = master.wrap(newKey(purpose), wrapContext(purpose, 1));
    await database.write(
      `INSERT INTO keyring (purpose, number, salt, wrapped, created_at, retired_at)
       VALUES ($1, 1, $2, $3, now_ms(), NULL) ON CONFLICT (purpose, number) DO NOTHING`,
      [purpose, salt, wrapped],
    );
  }
  return readRows(database);
}

function readRows(database: Database): Promise<KeyRow[]> {
  return database.read<KeyRow>(
    `SELECT purpose, number, salt, wrapped, retired_at FROM keyring ORDER BY purpose, number DESC`,
  );
}

async function rewrap(database: Database, master: MasterSecrets, row: KeyRow, key: Buffer): Promise<void> {
  const { salt, wrapped } = master.wrap(key, wrapContext(row.purpose, row.number));
  await database.write(
    `UPDATE keyring SET salt = $1, wrapped = $2 WHERE purpose = $3 AND number = $4 AND wrapped = $5`,
    [salt, wrapped, row.purpose, row.number, row.wrapped],
  );
}

function newKey(purpose: KeyPurpose): Buffer {
  if (purpose !== 'proof') return randomBytes(32);
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' });
}

function toProofKey({ number, bytes, retiredAt }: Key): ProofKey {
  const privateKey = createPrivateKey({ key: bytes, type: 'pkcs8', format: 'der' });
  const publicKey = createPublicKey(privateKey);
  const fingerprint = createHmac('sha256', 'injeung kid')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { kid: `${number}-${fingerprint.slice(0, 10)}`, privateKey, publicKey, retiredAt };
}

function wrapContext(purpose: KeyPurpose, number: number): string {
  return `injeung keyring ${purpose} ${number}`;
}
