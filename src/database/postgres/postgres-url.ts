import { isIPv6 } from 'node:net';
import { tlsFault } from './postgres-tls';
import { type PostgresUrl } from './postgres-url.types';

/**
 * The URL cannot be used. The message is for the operator. It contains no part of the URL, which may contain a
 * password.
 */
export class PostgresUrlFault extends Error {}

const SCHEME = /^postgres(?:ql)?:\/\//;
/** Everything before the host. As in other URL parsers, a password may contain `@`. */
const BEFORE_HOST = /^postgres(?:ql)?:\/\/(?:[^/?]*@)?/;
/**
 * Replaces an empty host, because `new URL` requires one. `.invalid` is reserved (RFC 2606), so no server has this
 * name.
 */
const NO_HOST = 'no-host.invalid';
const HOST_MISSING = /^(?=[:/?]|$)/;
const DEFAULT_HOST = 'localhost';
const DEFAULT_PORT = 5432;
const LONGEST_IDENTIFIER_BYTES = 63;
/**
 * Parameters of libpq that choose the server. They are refused: ignoring one could mean connecting to another server.
 */
const UNSUPPORTED = ['hostaddr', 'service', 'load_balance_hosts'];

/**
 * Reads a `postgres://` or `postgresql://` URL like libpq, but with exactly one server. The host may be empty,
 * percent-encoded or in `?host=`, and it may be a socket's directory. The parameters `host`, `port`, `user`, `password`
 * and `dbname` override the same parts of the URL.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 *
 * @throws PostgresUrlFault
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  const url = readUrl(text);
  const parameters = url.searchParams;
  const part = (name: string, inUrl: string) => decoded(parameters.get(name) || decodeURIComponent(inUrl));
  const hostname = url.hostname === NO_HOST ? '' : url.hostname.replace(/^\[(.*)\]$/, '$1');
  const parsed: PostgresUrl = {
    host: part('host', hostname) ?? DEFAULT_HOST,
    port: portOf(parameters.get('port') ?? url.port),
    user: part('user', url.username),
    password: part('password', url.password),
    database: part('dbname', url.pathname.slice(1)),
    schema: decoded(parameters.get('schema')),
    applicationName: decoded(parameters.get('application_name')) ?? 'injeung',
    parameters,
  };
  const fault = hostFault(parsed) ?? schemaFault(parsed) ?? parameterFault(parsed) ?? tlsFault(parsed);
  if (fault !== null) throw new PostgresUrlFault(fault);
  return parsed;
}

/** Host and port for messages, without user and password. */
export function placeOf({ host, port }: PostgresUrl): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** `name` as a quoted identifier for SQL, so that it may contain capitals, spaces and quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function readUrl(text: string): URL {
  if (!SCHEME.test(text)) throw new PostgresUrlFault('must be sqlite:<path> or postgres://...');
  const [before] = BEFORE_HOST.exec(text)!;
  try {
    const url = new URL(before + text.slice(before.length).replace(HOST_MISSING, NO_HOST));
    for (const part of [url.hostname, url.username, url.password, url.pathname]) decodeURIComponent(part);
    return url;
  } catch {
    throw new PostgresUrlFault(
      'must be postgres://user:password@host:port/database; other characters than letters, digits and -._~ of user, password and database have to be percent-encoded',
    );
  }
}

/** @returns null for a missing or empty value, which libpq treats alike. */
function decoded(value: string | null): string | null {
  if (!value) return null;
  // A NUL would end the name in the message that starts a session.
  if (value.includes('\0')) throw new PostgresUrlFault('must not contain %00');
  return value;
}

function portOf(text: string): number {
  if (text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new PostgresUrlFault('port must be a whole number from 1 to 65535');
}

function hostFault({ host }: PostgresUrl): string | null {
  if (host.includes(',')) return 'must name one host: several hosts are not supported';
  if (host.startsWith('@')) return 'host must not be an abstract socket (@...): name its directory instead';
  if (host.includes('/') && !host.startsWith('/'))
    return "host must be a name, an address, or the absolute path of a socket's directory";
  return null;
}

function schemaFault({ schema, parameters }: PostgresUrl): string | null {
  if (!parameters.has('schema')) return null;
  if (schema === null) return 'schema must not be empty: name a schema, or leave it out';
  if (Buffer.byteLength(schema) > LONGEST_IDENTIFIER_BYTES)
    return `schema must have at most ${LONGEST_IDENTIFIER_BYTES} bytes, as every name in PostgreSQL`;
  // In a search path, `$user` means the role's own schema, even between quotes.
  if (schema === '$user' || schema.startsWith('pg_') || schema === 'information_schema')
    return 'schema must not be $user, pg_... or information_schema: PostgreSQL reserves these names';
  return null;
}

function parameterFault({ parameters }: PostgresUrl): string | null {
  const unsupported = UNSUPPORTED.find((name) => parameters.has(name));
  if (unsupported) return `${unsupported} is not supported: name one server by host and port`;
  const target = parameters.get('target_session_attrs') ?? 'any';
  return ['any', 'read-write', 'primary'].includes(target)
    ? null
    : 'target_session_attrs must be left out: the server has to be writable';
}
