import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { Fault } from './setting';

const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads a PEM file of authorities. TLS skips a certificate that it cannot read and then trusts no server, so
 * the file is checked here.
 */
export function readAuthorityFile(path: string): string | Fault {
  const text = readFile(path);
  if (text instanceof Fault) return text;
  const certificates = text.match(CERTIFICATES) ?? [];
  if (certificates.length === 0) return new Fault('names a file without a certificate in PEM format');
  return certificates.every(isCertificate) ? path : new Fault('names a file with a damaged certificate');
}

/** Reads the certificate and the private key of a TLS client, which must belong together. */
export function clientCertificateFault(certificatePath: string, keyPath: string): string | null {
  const [cert, key] = [readFile(certificatePath), readFile(keyPath)];
  if (cert instanceof Fault) return `sslcert ${cert.message}`;
  if (key instanceof Fault) return `sslkey ${key.message}`;
  if (!canBeUsed({ cert })) return 'sslcert names a file without a certificate in PEM format';
  if (!canBeUsed({ key })) return 'sslkey names a file without an unencrypted private key in PEM format';
  return canBeUsed({ cert, key }) ? null : 'sslkey is not the key of sslcert';
}

/** Reads a text file of at most `maxBytes`. A device or a pipe is refused, because reading it may never end. */
export function readSmallFile(path: string, maxBytes: number): string | Fault {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return new Fault('must name a file');
    if (stats.size > maxBytes) return new Fault(`names a file of more than ${maxBytes} bytes`);
  } catch (error) {
    return unreadable(error);
  }
  return readFile(path);
}

function readFile(path: string): string | Fault {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): Fault {
  return new Fault(`names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
}

function canBeUsed(options: { cert?: string; key?: string }): boolean {
  try {
    createSecureContext(options);
    return true;
  } catch {
    return false;
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
