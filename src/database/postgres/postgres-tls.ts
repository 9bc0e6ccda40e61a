import { type ConnectionOptions } from 'node:tls';
import { parse } from 'pg-connection-string';
import { DatabaseFault } from '../database-fault';
import { type PostgresUrl } from './postgres-url.types';

/** How far a connection to PostgreSQL is protected, by the names of libpq's `sslmode`. */
export type SslMode = (typeof SSL_MODES)[number];

/** The value of pg's option `ssl`: no TLS, or TLS with these options. */
export type PostgresTls = false | ConnectionOptions;

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const FILE_PARAMETERS = ['sslrootcert', 'sslcert', 'sslkey'];
/** libpq's value of `sslrootcert` for the authorities that the system (here: Node) trusts. */
const SYSTEM = 'system';

/** pg's own names for the same settings: two of them in one URL could contradict each other. */
const FOREIGN_PARAMETERS = ['ssl', 'uselibpqcompat'];

/** Returns the fault in the URL's TLS parameters, for the operator, or null. Does not read the files that they name. */
export function tlsFault(url: PostgresUrl): string | null {
  if (isSocket(url)) return null;
  const { parameters } = url;
  const mode = parameters.get('sslmode');
  const rootCert = parameters.get('sslrootcert');
  const foreign = FOREIGN_PARAMETERS.find((name) => parameters.has(name));
  if (foreign) return `must have sslmode instead of ${foreign}`;
  if (mode !== null && !SSL_MODES.includes(mode as SslMode)) return `sslmode must be ${SSL_MODES.join(', ')}`;
  if (parameters.has('sslcert') !== parameters.has('sslkey'))
    return 'sslcert and sslkey must be given together';
  if (mode === 'verify-ca' && rootCert === null)
    return 'sslmode=verify-ca requires sslrootcert; with public authorities, only verify-full identifies the server';
  if (rootCert === SYSTEM && sslMode(url) !== 'verify-full')
    return 'sslrootcert=system requires sslmode=verify-full';
  return null;
}

/** libpq's own defaults: `prefer`, or `verify-full` against the system's authorities. */
export function sslMode({ parameters }: PostgresUrl): SslMode {
  const fallback = parameters.get('sslrootcert') === SYSTEM ? 'verify-full' : 'prefer';
  return (parameters.get('sslmode') ?? fallback) as SslMode;
}

/**
 * Returns what `sslmode` means in libpq: `prefer` and `require` encrypt without a check of the certificate, except that
 * `require` with a root certificate is `verify-ca`; `verify-ca` accepts any name that the authority signed;
 * `verify-full` requires the host's own name. On a socket there is no TLS, whatever the URL says.
 * https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 *
 * @throws DatabaseFault when a file cannot be read.
 */
export function postgresTls(url: PostgresUrl): PostgresTls {
  if (!usesTls(url)) return false;
  const parameters = new URLSearchParams({ sslmode: sslMode(url) });
  for (const name of FILE_PARAMETERS) {
    const path = url.parameters.get(name);
    if (path !== null && path !== SYSTEM) parameters.set(name, path);
  }
  try {
    return parse(`postgres://localhost?${parameters.toString()}`, { useLibpqCompat: true })
      .ssl as ConnectionOptions;
  } catch (error) {
    throw unreadableFile(url, error as NodeJS.ErrnoException);
  }
}

/** Whether pg failed because the server has TLS switched off. */
export function offersNoTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/** Whether the connection may be encrypted, and the files that the URL names are read. */
export function usesTls(url: PostgresUrl): boolean {
  return sslMode(url) !== 'disable' && !isSocket(url);
}

function isSocket({ host }: PostgresUrl): boolean {
  return host.startsWith('/');
}

function unreadableFile({ parameters }: PostgresUrl, error: NodeJS.ErrnoException): DatabaseFault {
  const name = FILE_PARAMETERS.find((one) => parameters.get(one) === error.path) ?? 'a TLS file';
  const advice = 'name a PEM file that the server may read';
  return new DatabaseFault(`${name} cannot be read: ${error.message}`, advice, { cause: error });
}
