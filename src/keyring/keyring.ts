import { createHmac, randomBytes } from 'node:crypto';
import { type Database } from '../database/database';
import { decrypt, encrypt } from './aead';
import { type KeyPurpose } from './keyring.entity';
import { addFirstKey, type KeyRow, readKeys, rewrapKey, wrapContext } from './keyring.repository';
import { type MasterSecrets } from './master-secret';
import { newProofKey, type ProofKey, ProofKeys, toProofKey } from './proof-keys';

interface Key {
  number: number;
  bytes: Buffer;
}

const PURPOSES: readonly KeyPurpose[] = ['code', 'index', 'seal', 'proof'];

/** No secret in INJEUNG_SECRET opens the keyring of this database. */
export class WrongSecret extends Error {
  constructor() {
    super(
      'INJEUNG_SECRET: none of the secrets decrypts the keyring of this database; set the secret with which the database was created',
    );
    this.name = 'WrongSecret';
  }
}

/**
 * The keys for codes, blind indexes, encrypted fields and proofs. They are random, created at the first start and stored
 * in the database, wrapped by the master secret. So neither the database nor the environment alone reveals a code or
 * a recipient, and a new secret changes no key: codes that were sent stay valid.
 */
export class Keyring {
  private constructor(
    private readonly keys: ReadonlyMap<KeyPurpose, readonly Key[]>,
    /** The only keys that change while the server runs. */
    readonly proofKeys: ProofKeys,
  ) {}

  /**
   * Opens the keyring. It creates missing keys, and wraps keys again that an older secret wrapped. Nodes that start
   * together use the same keys, because the first insert wins.
   *
   * @throws WrongSecret when no secret opens it.
   */
  static async open(database: Database, master: MasterSecrets): Promise<Keyring> {
    const keys = new Map<KeyPurpose, Key[]>();
    const proofKeys: ProofKey[] = [];
    for (const purpose of PURPOSES) keys.set(purpose, []);
    for (const row of await readOrCreate(database, master)) {
      const context = wrapContext(row.purpose, row.number);
      const opened = master.unwrap(row, context);
      if (!opened) throw new WrongSecret();
      if (!opened.byFirst) await rewrapKey(database, row, master.wrap(opened.key, context));
      if (row.purpose === 'proof') proofKeys.push(toProofKey(row, opened.key));
      else keys.get(row.purpose)?.push({ number: row.number, bytes: opened.key });
    }
    return new Keyring(keys, new ProofKeys(database, master, proofKeys));
  }

  /** The key from which new codes are derived. The verification's id contains its number. */
  currentCodeKey(): { number: number; bytes: Buffer } {
    return this.keys.get('code')![0]!;
  }

  codeKey(number: number): Buffer | undefined {
    return this.keys.get('code')!.find((key) => key.number === number)?.bytes;
  }

  /**
   * A keyed hash (HMAC-SHA-256, 128 bits, base64url). Equal values have equal hashes. Without the key, a hash reveals
   * nothing.
   */
  blindIndex(value: string): string {
    const key = this.keys.get('index')!.at(-1)!.bytes;
    return createHmac('sha256', key).update(value).digest().toString('base64url', 0, 16);
  }

  /** Encrypts a field. `context` names its row and column; with another context it cannot be decrypted. */
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
  const present = await readKeys(database);
  const missing = PURPOSES.filter((purpose) => !present.some((row) => row.purpose === purpose));
  // A wrong secret must not add keys to a keyring that it cannot open.
  if (
    missing.length === 0 ||
    present.some((row) => !master.unwrap(row, wrapContext(row.purpose, row.number)))
  ) {
    return present;
  }
  for (const purpose of missing) {
    const key = purpose === 'proof' ? newProofKey() : randomBytes(32);
    await addFirstKey(database, purpose, master.wrap(key, wrapContext(purpose, 1)));
  }
  return readKeys(database);
}
