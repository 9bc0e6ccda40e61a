import { readFileSync } from 'node:fs';
import { type ConnectionOptions } from 'node:tls';

/** How far a connection to PostgreSQL is protected, as libpq's `sslmode` says it. */
export type SslMode = (typeof SSL_MODES)[number];

/** What pg is told: no TLS, or TLS with these options. */
export type PostgresTls = false | ConnectionOptions;

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** libpq's value of `sslrootcert` for the authorities that the system (here: Node) trusts. */
const SYSTEM = 'system';

const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
/** pg's own ways to say it: two of them in one URL could contradict each other. */
const FOREIGN_PARAMETERS = ['ssl', 'uselibpqcompat'];

/** What is wrong with the URL's TLS parameters, for the operator, or null. Files are not looked at. */
export function tlsFault(url: URL): string | null {
  const { searchParams } = url;
  const mode = searchParams.get('sslmode');
  const rootCert = searchParams.get('sslrootcert');
  const foreign = FOREIGN_PARAMETERS.find((name) => searchParams.has(name));
  if (foreign) return `must say sslmode instead of ${foreign}`;
  if (mode !== null && !SSL_MODES.includes(mode as SslMode)) return `sslmode must be ${SSL_MODES.join(', ')}`;
  if (searchParams.has('sslcert') !== searchParams.has('sslkey')) return 'sslcert and sslkey go together';
  if (mode === 'verify-ca' && rootCert === null)
    return 'sslmode=verify-ca wants sslrootcert; against public authorities only verify-full proves anything';
  if (rootCert === SYSTEM && sslMode(url) !== 'verify-full')
    return 'sslrootcert=system wants sslmode=verify-full';
  return null;
}

/** libpq's own defaults: `prefer`, or `verify-full` against the system's authorities. */
export function sslMode({ searchParams }: URL): SslMode {
  const fallback = searchParams.get('sslrootcert') === SYSTEM ? 'verify-full' : 'prefer';
  return (searchParams.get('sslmode') ?? fallback) as SslMode;
}

/** The URL without what this file reads: pg 8 takes `require` and `verify-ca` for `verify-full` (and warns). */
export function withoutTls(url: string): string {
  const rest = new URL(url);
  for (const parameter of PARAMETERS) rest.searchParams.delete(parameter);
  return rest.toString();
}

/**
 * The meaning of `sslmode` in libpq: `prefer` and `require` encrypt without looking at the certificate, except that
 * `require` with a root certificate is `verify-ca`; `verify-ca` believes any name that the authority signed for;
 * `verify-full` wants the host's own.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 *
 * @throws Error with a message for the operator: a file cannot be read.
 */
export function postgresTls(databaseUrl: string): PostgresTls {
  const url = new URL(databaseUrl);
  const mode = sslMode(url);
  if (mode === 'disable') return false;
  const rootCert = url.searchParams.get('sslrootcert');
  const files: ConnectionOptions = {
    ca: rootCert === SYSTEM ? undefined : readPem('sslrootcert', rootCert),
    cert: readPem('sslcert', url.searchParams.get('sslcert')),
    key: readPem('sslkey', url.searchParams.get('sslkey')),
  };
  if (mode === 'verify-full') return files;
  if (mode === 'verify-ca' || (mode === 'require' && files.ca))
    return { ...files, checkServerIdentity: () => undefined };
  return { ...files, rejectUnauthorized: false };
}

/** pg's answer to a server that has TLS switched off. */
export function offersNoTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

function readPem(parameter: string, path: string | null): string | undefined {
  if (path === null) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`DATABASE_URL: ${parameter} cannot be read: ${(error as Error).message}`);
  }
}
