import { DatabaseError } from 'pg';
import { reasonOf } from '../../shared/errors';
import { DatabaseFault } from '../database-fault';
import { placeOf } from './postgres-url';
import { type PostgresUrl } from './postgres-url.types';

const CHECK_NETWORK = 'check host and port, and that PostgreSQL is running there';
const CHECK_TLS = "check sslmode, sslrootcert and the server's certificate";

/** The advice for each SQLSTATE that operators meet when they set up a database. */
const ADVICE: Record<string, string> = {
  '28P01': 'check user and password',
  '28000': "check the user, and the server's pg_hba.conf",
  '3D000': 'create the database, or correct its name',
  '42501': 'grant the role CREATE and USAGE on the schema, or name a schema of its own by ?schema=',
  '53300': 'raise max_connections, or lower DATABASE_POOL_SIZE',
  '25006': 'connect to the primary: this server is a read-only standby',
  '57P03': 'try again: the server is starting or stopping',
  '42704': 'check that the server is PostgreSQL 12 or newer',
};

/** Converts an error at the start to a message for the operator. */
export function postgresFault(url: PostgresUrl, error: unknown): DatabaseFault {
  if (error instanceof DatabaseFault) return error;
  const code = (error as { code?: string }).code ?? '';
  const state = error instanceof DatabaseError && code !== '' ? ` (SQLSTATE ${code})` : '';
  const fault = `PostgreSQL at ${placeOf(url)} cannot be used: ${reasonOf(error)}${state}`;
  return new DatabaseFault(fault, adviceFor(error, code), { cause: error });
}

export function transactionPooling(url: PostgresUrl): DatabaseFault {
  return new DatabaseFault(
    `the pooler at ${placeOf(url)} gives a client another session for each transaction (transaction pooling), which loses session settings, named statements and locks`,
    'set pool_mode = session for this database in PgBouncer, or name the PostgreSQL server itself',
  );
}

export function unkeptSession(url: PostgresUrl, names: readonly string[]): DatabaseFault {
  return new DatabaseFault(
    `the server at ${placeOf(url)} accepts session settings but does not keep them: ${names.join(', ')}`,
    'name the PostgreSQL server itself, or a pooler that keeps sessions (PgBouncer: pool_mode = session)',
  );
}

function adviceFor(error: unknown, code: string): string {
  if (error instanceof DatabaseError) return ADVICE[code] ?? 'read the log of the server';
  const reason = reasonOf(error);
  if (/SSL|TLS|CERT|certificate|altnames/i.test(`${code} ${reason}`)) return CHECK_TLS;
  if (/timeout/i.test(reason))
    return `${CHECK_NETWORK}; the pool of a pooler must have more connections than DATABASE_POOL_SIZE`;
  return CHECK_NETWORK;
}
