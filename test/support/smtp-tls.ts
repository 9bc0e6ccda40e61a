import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The SMTP servers' key and certificate, for tests alone: they protect nothing. */
export function smtpTls(): { key: Buffer; cert: Buffer } {
  const read = (name: string) => readFileSync(join(__dirname, 'tls', name));
  return { key: read('key.pem'), cert: read('cert.pem') };
}
