import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';

/**
 * An RSA key in the forms that DKIM and SES require. `sesPrivateKey` is secret: encrypt it, and never log or
 * return it.
 */
export interface DkimKey {
  bits: number;
  /** SubjectPublicKeyInfo, DER in base64 on one line: the value of `p=` (RFC 6376, section 3.6.1). */
  publicKeyBase64: string;
  /** PKCS#8 DER in base64 without header or line breaks: SES's `DomainSigningPrivateKey`. */
  sesPrivateKey: string;
  /** SHA-256 over the SubjectPublicKeyInfo, lower-case hexadecimal. */
  fingerprint: string;
}

export type DkimKeyFault =
  | 'EMPTY'
  | 'TOO_LONG'
  | 'NOT_BASE64'
  | 'TRUNCATED'
  | 'NOT_A_KEY'
  | 'SEVERAL_KEYS'
  | 'ENCRYPTED'
  | 'PUBLIC_KEY'
  | 'CERTIFICATE'
  | 'NOT_RSA'
  | 'OPENSSH_FORMAT'
  | 'KEY_SIZE'
  | 'INCONSISTENT';

/**
 * A key that breaks a rule. The message names the rule, as the end of a sentence. It contains no part of the
 * key.
 */
export class DkimKeyError extends Error {
  constructor(
    readonly fault: DkimKeyFault,
    message: string,
  ) {
    super(message);
    this.name = 'DkimKeyError';
  }
}

// RFC 8301 requires at least 1024 bits; SES accepts at most 2048.
const MIN_BITS = 1024;
const MAX_BITS = 2048;
// A 4096-bit key has 3,300 characters as PEM. The text around it may be as long again.
const MAX_INPUT_CHARACTERS = 16_384;

const generateRsa = promisify(generateKeyPair);

/**
 * Generates an RSA key, outside the event loop.
 *
 * @throws DkimKeyError KEY_SIZE unless `bits` is 1024 to 2048 in steps of 8.
 */
export async function generateDkimKey(bits: number): Promise<DkimKey> {
  checkSize(bits);
  const { privateKey } = await generateRsa('rsa', { modulusLength: bits, publicExponent: 65_537 });
  return describe(privateKey, bits);
}

/**
 * Reads an RSA private key: PEM, or the base64 of its DER without header lines (white space ignored), as
 * PKCS#1 or PKCS#8. Text around a PEM block is ignored (RFC 7468, section 2), and a `\n` that was never
 * unescaped is read as a line break.
 *
 * @throws DkimKeyError that names the broken rule.
 */
export function parseDkimKey(input: string): DkimKey {
  if (input.length > MAX_INPUT_CHARACTERS) throw new DkimKeyError('TOO_LONG', 'is too long for one RSA key');
  const text = input.replace(/\\[rn]/g, '\n').trim();
  if (text === '') throw new DkimKeyError('EMPTY', 'is empty');

  const base64 = text.includes('-----') ? pemBody(text) : text;
  const privateKey = readPrivateKey(decode(base64));
  if (privateKey.asymmetricKeyType !== 'rsa') {
    throw new DkimKeyError('NOT_RSA', `must be an RSA key, not ${privateKey.asymmetricKeyType ?? 'another'}`);
  }
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  checkSize(bits);
  checkPair(privateKey);
  return describe(privateKey, bits);
}

function checkSize(bits: number): void {
  if (Number.isInteger(bits) && bits >= MIN_BITS && bits <= MAX_BITS && bits % 8 === 0) return;
  const rule = `must have ${MIN_BITS} to ${MAX_BITS} bits in steps of 8`;
  throw new DkimKeyError('KEY_SIZE', `${rule}, not ${bits}`);
}

/**
 * OpenSSL accepts a key whose numbers do not match, and signs with some of them only. SES may use the others,
 * and receivers would reject the signature.
 */
function checkPair(privateKey: KeyObject): void {
  const probe = Buffer.from('DKIM');
  let fits = false;
  try {
    fits =
      numbersFit(privateKey) &&
      verify('sha256', probe, createPublicKey(privateKey), sign('sha256', probe, privateKey));
  } catch {
    // The same finding: calculating with the numbers fails.
  }
  if (!fits) throw new DkimKeyError('INCONSISTENT', 'is damaged: its components do not match');
}

/** The conditions of RFC 8017, section 3.2, for a key with two primes. */
function numbersFit(privateKey: KeyObject): boolean {
  const jwk = privateKey.export({ format: 'jwk' });
  const number = (value = '') => BigInt(`0x${Buffer.from(value, 'base64url').toString('hex')}`);
  const [n, e, d, p, q] = [number(jwk.n), number(jwk.e), number(jwk.d), number(jwk.p), number(jwk.q)];
  const [dp, dq, qi] = [number(jwk.dp), number(jwk.dq), number(jwk.qi)];
  return (
    n === p * q &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    (qi * q) % p === 1n
  );
}

function describe(privateKey: KeyObject, bits: number): DkimKey {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    bits,
    publicKeyBase64: spki.toString('base64'),
    sesPrivateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    fingerprint: createHash('sha256').update(spki).digest('hex'),
  };
}

/** The base64 inside the only PEM block. */
function pemBody(text: string): string {
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label]) => label!);
  const [label] = labels;
  if (label === undefined) throw new DkimKeyError('NOT_A_KEY', 'has no -----BEGIN ... PRIVATE KEY----- line');
  checkLabels(labels);
  if (/^Proc-Type: *4,ENCRYPTED/m.test(text)) throw encrypted();
  if (labels.length > 1) throw new DkimKeyError('SEVERAL_KEYS', 'must be exactly one key in one PEM block');

  const start = text.indexOf(`-----BEGIN ${label}-----`) + `-----BEGIN ${label}-----`.length;
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (end < 0) throw new DkimKeyError('TRUNCATED', `is cut off: its -----END ${label}----- line is missing`);
  return text.slice(start, end);
}

function checkLabels(labels: readonly string[]): void {
  for (const label of labels) {
    if (label === 'ENCRYPTED PRIVATE KEY') throw encrypted();
    if (label.startsWith('EC ') || label.startsWith('DSA ')) {
      throw new DkimKeyError('NOT_RSA', `must be an RSA key, not ${label.split(' ')[0]}`);
    }
    if (label === 'OPENSSH PRIVATE KEY') {
      const message = 'must be PKCS#1 or PKCS#8, not in OpenSSH format (ssh-keygen -p -m PEM converts it)';
      throw new DkimKeyError('OPENSSH_FORMAT', message);
    }
  }
  if (labels.some((label) => label.endsWith('PRIVATE KEY'))) return;
  if (labels.some((label) => label.endsWith('PUBLIC KEY'))) throw publicKey();
  if (labels.some((label) => label.includes('CERTIFICATE'))) throw certificate();
  throw new DkimKeyError('NOT_A_KEY', 'is a PEM block, but not of a private key');
}

function decode(base64: string): Buffer {
  const compact = base64.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    throw new DkimKeyError('NOT_BASE64', 'must be PEM or base64, but contains other characters');
  }
  const der = Buffer.from(compact, 'base64');
  const length = derLength(der);
  if (length === null) throw new DkimKeyError('NOT_A_KEY', 'is base64, but not of a DER private key');
  if (length > der.length)
    throw new DkimKeyError('TRUNCATED', 'is cut off: it is shorter than its header says');
  if (length < der.length)
    throw new DkimKeyError('SEVERAL_KEYS', 'must be exactly one key, but more data follows');
  return der;
}

/**
 * The total length of a DER SEQUENCE according to its own header (ITU-T X.690, section 8.1.3), or null for
 * anything else.
 */
function derLength(der: Buffer): number | null {
  const first = der[1];
  if (der[0] !== 0x30 || first === undefined) return null;
  if (first < 0x80) return 2 + first;
  const lengthBytes = first & 0x7f;
  // A length of three bytes is more than any input may have.
  if (lengthBytes < 1 || lengthBytes > 3 || der.length < 2 + lengthBytes) return null;
  return 2 + lengthBytes + der.readUIntBE(2, lengthBytes);
}

function readPrivateKey(der: Buffer): KeyObject {
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_MISSING_PASSPHRASE') throw encrypted();
    }
  }
  if (reads(() => createPrivateKey({ key: der, format: 'der', type: 'sec1' }))) {
    throw new DkimKeyError('NOT_RSA', 'must be an RSA key, not EC');
  }
  // Checked before the public key, because OpenSSL reads a certificate as a public key.
  if (reads(() => new X509Certificate(der))) throw certificate();
  for (const type of ['spki', 'pkcs1'] as const) {
    if (reads(() => createPublicKey({ key: der, format: 'der', type }))) throw publicKey();
  }
  throw new DkimKeyError('NOT_A_KEY', 'is not a private key, or is damaged');
}

function reads(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function encrypted(): DkimKeyError {
  return new DkimKeyError('ENCRYPTED', 'must not be encrypted with a passphrase');
}

function publicKey(): DkimKeyError {
  return new DkimKeyError('PUBLIC_KEY', 'must be the private key, not the public one');
}

function certificate(): DkimKeyError {
  return new DkimKeyError('CERTIFICATE', 'must be a private key, not a certificate');
}
