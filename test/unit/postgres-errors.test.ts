import { DatabaseError } from 'pg';
import { DatabaseUnavailable, RowLocked } from '../../src/database/database-errors';
import { isRetryable, meaningOf } from '../../src/database/postgres/postgres-errors';

const withCode = (code: string) => Object.assign(new Error(`it failed: ${code}`), { code });
const fromServer = (code: string) => Object.assign(new DatabaseError('it failed', 9, 'error'), { code });

describe('an error of the connection to PostgreSQL', () => {
  it.each([
    // Errors of sockets.
    ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN'],
    ...[
      'ENETUNREACH',
      'ENETDOWN',
      'EADDRNOTAVAIL',
      'EMFILE',
      'ENFILE',
      'ENOBUFS',
      'ENOENT',
      'EACCES',
      'ENOTCONN',
    ],
    // Errors of name resolution.
    ...[
      'ENOTFOUND',
      'EAI_AGAIN',
      'EAI_FAIL',
      'EAI_NODATA',
      'EAI_MEMORY',
      'EAI_SYSTEM',
      'ESERVFAIL',
      'ENODATA',
    ],
    // Errors of TLS.
    ...[
      'EPROTO',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'CERT_HAS_EXPIRED',
    ],
    ...['ERR_TLS_CERT_ALTNAME_INVALID', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_OSSL_EVP_UNSUPPORTED'],
    // Errors of Node's streams and of undici.
    ...[
      'ERR_SOCKET_CLOSED',
      'ERR_SOCKET_CONNECTION_TIMEOUT',
      'ERR_STREAM_DESTROYED',
      'ERR_STREAM_WRITE_AFTER_END',
    ],
    ...['ERR_STREAM_PREMATURE_CLOSE', 'UND_ERR_SOCKET', 'ABORT_ERR'],
  ])('becomes DatabaseUnavailable: %s', (code) => {
    expect(meaningOf(withCode(code))).toBeInstanceOf(DatabaseUnavailable);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'The server does not support SSL connections',
    'There was an error establishing an SSL connection',
    'Cannot use a pool after calling end on the pool',
    'SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match',
  ])('becomes DatabaseUnavailable without a code: %s', (message) => {
    expect(meaningOf(new Error(message))).toBeInstanceOf(DatabaseUnavailable);
  });

  it('becomes DatabaseUnavailable with its reason when several addresses were tried', () => {
    const all = Object.assign(new AggregateError([withCode('ECONNREFUSED')]), { code: 'ECONNREFUSED' });
    expect(meaningOf(all)).toMatchObject({ message: 'the database is not available: ECONNREFUSED' });
  });
});

describe('an error that PostgreSQL sends', () => {
  it.each([
    ...['08000', '08006', '08P01', '53000', '53100', '53200', '53300', '53400', '57000', '57014', '57P01'],
    ...[
      '57P02',
      '57P03',
      '57P05',
      '58000',
      '58030',
      '25P03',
      '25P04',
      '25006',
      '26000',
      '42P05',
      'XX001',
      'XX002',
    ],
  ])('becomes DatabaseUnavailable when it concerns the server: %s', (code) => {
    expect(meaningOf(fromServer(code))).toBeInstanceOf(DatabaseUnavailable);
    expect(isRetryable(fromServer(code))).toBe(false);
  });

  it('becomes RowLocked with 55P03', () => {
    expect(meaningOf(fromServer('55P03'))).toBeInstanceOf(RowLocked);
  });

  it.each(['22012', '22021', '23502', '23514', '42601', '42703', '42P01', '42501', 'XX000', 'P0001'])(
    'is not changed when it concerns the statement: %s',
    (code) => {
      const error = fromServer(code);
      expect(meaningOf(error)).toBe(error);
      expect(isRetryable(error)).toBe(false);
    },
  );

  it.each(['40001', '40P01', '23505', '23503'])('allows the work to run again: %s', (code) => {
    const error = fromServer(code);
    expect(meaningOf(error)).toBe(error);
    expect(isRetryable(error)).toBe(true);
  });
});

it('an error that does not come from PostgreSQL is not changed', () => {
  const bug = new TypeError('x is not a function');
  expect(meaningOf(bug)).toBe(bug);
});
