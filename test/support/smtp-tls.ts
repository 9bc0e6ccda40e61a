import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Key and certificate of the SMTP servers. They are only for tests and protect nothing. */
export function smtpTls(): { key: Buffer; cert: Buffer } {
  const read = (name: string) => readFileSync(join(__dirname, 'tls', name));
  return { key: read('key.pem'), cert: read('cert.pem') };
}
