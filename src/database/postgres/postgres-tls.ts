import { type ConnectionOptions } from 'node:tls';
import { parse } from 'pg-connection-string';
import { DatabaseFault } from '../database-fault';
import { type PostgresUrl } from './postgres-url.types';

/** The protection of a connection to PostgreSQL, with the names of libpq's `sslmode`. */
export type SslMode = (typeof SSL_MODES)[number];

/** The value of pg's option `ssl`: no TLS, or TLS with these options. */
export type PostgresTls = false | ConnectionOptions;

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const FILE_PARAMETERS = ['sslrootcert', 'sslcert', 'sslkey'];
/** libpq's value of `sslrootcert` for the certificate authorities that the system trusts. Here Node's list is used. */
const SYSTEM = 'system';

/** pg's own parameters for TLS. They are refused, because they could contradict `sslmode`. */
const FOREIGN_PARAMETERS = ['ssl', 'uselibpqcompat'];

/** Returns the fault in the URL's TLS parameters, for the operator, or null. It does not read the files. */
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

/** The mode of a URL. The defaults are libpq's: `prefer`, or `verify-full` with `sslrootcert=system`. */
export function sslMode({ parameters }: PostgresUrl): SslMode {
  const fallback = parameters.get('sslrootcert') === SYSTEM ? 'verify-full' : 'prefer';
  return (parameters.get('sslmode') ?? fallback) as SslMode;
}

/**
 * The TLS options of a URL. The modes mean the same as in libpq:
 *
 * - `prefer` and `require` encrypt without checking the certificate, but `require` with a root certificate is
 *   `verify-ca`;
 * - `verify-ca` requires a certificate of the authority, for any host name;
 * - `verify-full` also requires the host name in the certificate.
 *
 * A socket never uses TLS. https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
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

/** Whether pg failed because TLS is switched off on the server. */
export function offersNoTls(error: unknown): boolean {
  return error instanceof Error && error.message === 'The server does not support SSL connections';
}

/** Whether the connection may be encrypted, so that the files of the URL's TLS parameters are needed. */
export function usesTls(url: PostgresUrl): boolean {
  return sslMode(url) !== 'disable' && !isSocket(url);
}

function isSocket({ host }: PostgresUrl): boolean {
  return host.startsWith('/');
}

function unreadableFile({ parameters }: PostgresUrl, error: NodeJS.ErrnoException): DatabaseFault {
  const name = FILE_PARAMETERS.find((one) => parameters.get(one) === error.path) ?? 'a TLS file';
  const advice = 'name a PEM file that the user of this process can read';
  return new DatabaseFault(`${name} cannot be read: ${error.message}`, advice, { cause: error });
}
