import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DkimKeyError,
  type DkimKeyFault,
  generateDkimKey,
  parseDkimKey,
} from '../../src/sending-domain/dkim/dkim-private-key';

// The certificate is only for tests.
const CERTIFICATE = readFileSync(join(__dirname, '../support/tls/cert.pem'), 'utf8');
const PAIR = generateKeyPairSync('rsa', { modulusLength: 2048 });
const SPKI = PAIR.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

function pem(type: 'pkcs1' | 'pkcs8'): string {
  return PAIR.privateKey.export({ format: 'pem', type }).toString();
}

function der(type: 'pkcs1' | 'pkcs8'): Buffer {
  return PAIR.privateKey.export({ format: 'der', type });
}

function faultOf(input: string): DkimKeyFault | null {
  try {
    parseDkimKey(input);
    return null;
  } catch (error) {
    if (!(error instanceof DkimKeyError)) throw error;
    return error.fault;
  }
}

describe('an imported DKIM key', () => {
  const wrapped = der('pkcs8')
    .toString('base64')
    .match(/.{1,76}/g)!
    .join('\r\n');

  it.each([
    ['PEM, PKCS#1', pem('pkcs1')],
    ['PEM, PKCS#8', pem('pkcs8')],
    ['PEM with Windows line ends and blank lines around', `\r\n${pem('pkcs8').replaceAll('\n', '\r\n')}\r\n`],
    ['PEM with a byte order mark', `\ufeff${pem('pkcs8')}`],
    ['PEM after its attributes', `Bag Attributes\n    localKeyID: 01\n${pem('pkcs8')}`],
    ['PEM whose line breaks were never unescaped', pem('pkcs8').replaceAll('\n', '\\n')],
    ['PEM whose line breaks became blanks', pem('pkcs1').replaceAll('\n', ' ')],
    ['base64, PKCS#1', der('pkcs1').toString('base64')],
    ['base64, PKCS#8', der('pkcs8').toString('base64')],
    ['base64 with line breaks', wrapped],
  ])('is read from %s', (_form, input) => {
    const key = parseDkimKey(input);
    expect(key).toMatchObject({ bits: 2048, publicKeyBase64: SPKI });
    expect(key.sesPrivateKey).toBe(der('pkcs8').toString('base64'));
    expect(key.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([1024, 1032, 1536, 2040])('has %i bits', (bits) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    expect(parseDkimKey(privateKey.export({ format: 'pem', type: 'pkcs1' }).toString()).bits).toBe(bits);
  });
});

describe('a generated DKIM key', () => {
  it.each([
    [1024, 216],
    [1536, 304],
    [2048, 392],
  ])(
    'of %i bits has a public key of %i characters, and is the same after it was written and read',
    async (bits, characters) => {
      const key = await generateDkimKey(bits);
      expect(key.publicKeyBase64).toHaveLength(characters);
      expect(key.sesPrivateKey).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(parseDkimKey(key.sesPrivateKey)).toEqual(key);
    },
  );

  it('makes signatures that the published key verifies', async () => {
    const key = await generateDkimKey(1024);
    const privateKey = createPrivateKey({
      key: Buffer.from(key.sesPrivateKey, 'base64'),
      format: 'der',
      type: 'pkcs8',
    });
    const publicKey = createPublicKey({
      key: Buffer.from(key.publicKeyBase64, 'base64'),
      format: 'der',
      type: 'spki',
    });
    const text = Buffer.from('signed');
    expect(verify('sha256', text, publicKey, sign('sha256', text, privateKey))).toBe(true);
  });

  it.each([512, 1000, 1023, 1025, 2049, 2056, 4096, 1024.5, NaN])('is refused with %d bits', async (bits) => {
    await expect(generateDkimKey(bits)).rejects.toMatchObject({ fault: 'KEY_SIZE' });
  });
});

describe('a DKIM key', () => {
  const rsaPem = (bits: number) =>
    generateKeyPairSync('rsa', { modulusLength: bits })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();
  const passphrase = { cipher: 'aes-256-cbc', passphrase: 'secret' };
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const pkcs8 = der('pkcs8').toString('base64');
  const certificateBase64 = CERTIFICATE.replace(/-----[^-]+-----|\s/g, '');
  const inconsistent = der('pkcs1');
  // The changed byte is in the private exponent, behind the modulus, so the structure remains valid.
  inconsistent[400]! ^= 1;
  const damaged = der('pkcs8');
  damaged[4] = 0xff;

  const cases: [string, DkimKeyFault, string][] = [
    ['nothing', 'EMPTY', ' \n '],
    [
      'a passphrase on PKCS#8',
      'ENCRYPTED',
      PAIR.privateKey.export({ format: 'pem', type: 'pkcs8', ...passphrase }).toString(),
    ],
    [
      'a passphrase on PKCS#1',
      'ENCRYPTED',
      PAIR.privateKey.export({ format: 'pem', type: 'pkcs1', ...passphrase }).toString(),
    ],
    [
      'a passphrase on bare base64',
      'ENCRYPTED',
      PAIR.privateKey.export({ format: 'der', type: 'pkcs8', ...passphrase }).toString('base64'),
    ],
    ['an EC key', 'NOT_RSA', ec.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['an EC key in its own format', 'NOT_RSA', ec.export({ format: 'pem', type: 'sec1' }).toString()],
    ['an EC key as bare base64', 'NOT_RSA', ec.export({ format: 'der', type: 'sec1' }).toString('base64')],
    ['an Ed25519 key', 'NOT_RSA', ed25519.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['an RSA-PSS key', 'NOT_RSA', pss.export({ format: 'pem', type: 'pkcs8' }).toString()],
    ['the public key', 'PUBLIC_KEY', PAIR.publicKey.export({ format: 'pem', type: 'spki' }).toString()],
    [
      'the public key, PKCS#1',
      'PUBLIC_KEY',
      PAIR.publicKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
    ],
    ['the public key as bare base64', 'PUBLIC_KEY', SPKI],
    ['a certificate', 'CERTIFICATE', CERTIFICATE],
    ['a certificate as bare base64', 'CERTIFICATE', certificateBase64],
    ['512 bits', 'KEY_SIZE', rsaPem(512)],
    ['1028 bits', 'KEY_SIZE', rsaPem(1028)],
    ['4096 bits', 'KEY_SIZE', rsaPem(4096)],
    ['other text', 'NOT_BASE64', 'this is not a key!'],
    ['base64 for URLs', 'NOT_BASE64', `${pkcs8.slice(0, -4)}-_-_`],
    ['garbage in PEM', 'NOT_BASE64', '-----BEGIN PRIVATE KEY-----\n???\n-----END PRIVATE KEY-----'],
    ['base64 of something else', 'NOT_A_KEY', Buffer.from('hello, world').toString('base64')],
    ['a damaged key', 'NOT_A_KEY', damaged.toString('base64')],
    ['a key with one bit wrong', 'INCONSISTENT', inconsistent.toString('base64')],
    ['half of the base64', 'TRUNCATED', pkcs8.slice(0, 800)],
    ['PEM without its last line', 'TRUNCATED', pem('pkcs8').replace(/-----END.*\n/, '')],
    ['PEM with a line missing', 'TRUNCATED', pem('pkcs8').split('\n').toSpliced(10, 1).join('\n')],
    ['two keys', 'SEVERAL_KEYS', pem('pkcs8') + rsaPem(1024)],
    ['a key with its certificate', 'SEVERAL_KEYS', pem('pkcs8') + CERTIFICATE],
    ['two keys as base64', 'SEVERAL_KEYS', Buffer.concat([der('pkcs8'), der('pkcs8')]).toString('base64')],
    [
      'an OpenSSH key',
      'OPENSSH_FORMAT',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----',
    ],
    ['an END line alone', 'NOT_A_KEY', `${pkcs8}\n-----END PRIVATE KEY-----`],
    ['something very long', 'TOO_LONG', 'A'.repeat(20_000)],
  ];

  it.each(cases)('is refused for %s: %s', (_what, fault, input) => {
    expect(faultOf(input)).toBe(fault);
  });

  it.each(cases)('is refused for %s with an error that does not contain the key', (_what, _fault, input) => {
    const material = input.replace(/-----[^-]+-----|\s/g, '').slice(0, 24);
    let thrown: unknown;
    try {
      parseDkimKey(input);
    } catch (error) {
      thrown = error;
    }
    const { message, cause, stack } = thrown as Error;
    expect(cause).toBeUndefined();
    if (material.length === 24) expect(`${message}${stack}`).not.toContain(material);
  });
});
