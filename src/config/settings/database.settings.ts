import { databaseUrlFault, isSqliteUrl } from '../../database/database-url';
import { type PoolSettings } from '../../database/pool-settings';
import { usesTls } from '../../database/postgres/postgres-tls';
import { parsePostgresUrl } from '../../database/postgres/postgres-url';
import { type PostgresUrl } from '../../database/postgres/postgres-url.types';
import { clientCertificateFault, readAuthorityFile } from '../files';
import { integer, special } from '../kinds';
import { Fault, group, type ValuesOf } from '../setting';

export const DATABASE = group(
  {
    title: 'Database',
    intro: [
      'A PostgreSQL URL is `postgres://user:password@host:port/database?parameters`. It means the same as for `psql`, but it names exactly one server.',
      '',
      '- **Special characters.** In user, password and database, percent-encode every character except letters, digits and `-._~`: the password `p#ss` is written `p%23ss`.',
      '- **Socket.** `postgres://user@/db?host=/var/run/postgresql` uses the socket in that directory. `sslmode` has no effect there.',
      '- **Parameters.** `?host=`, `?port=`, `?user=`, `?password=` and `?dbname=` take precedence over the same part of the URL.',
      '- **Schema.** `?schema=` names the one schema that contains all tables, spelled exactly as in `CREATE SCHEMA "..."`. The schema must exist.',
      "- **TLS.** `sslmode` means the same as for libpq (the table below). `sslcert` and `sslkey` name the files of the client's certificate and key. On a network that others use too, only `verify-full` prevents interception.",
      '',
      '| `sslmode`     | the connection                                                                                                        |',
      '| ------------- | --------------------------------------------------------------------------------------------------------------------- |',
      '| `disable`     | has no TLS                                                                                                            |',
      '| `prefer`      | has TLS if the server offers it, which is asked once at start; the default                                            |',
      '| `require`     | has TLS with any certificate; with `sslrootcert` the same as `verify-ca`                                              |',
      '| `verify-ca`   | requires a certificate that is signed by `sslrootcert`                                                                |',
      '| `verify-full` | also requires a certificate for this host; without `sslrootcert`, one that is signed by an authority that Node trusts |',
    ].join('\n'),
  },
  {
    DATABASE_URL: special({
      form: '`sqlite:<path>` or `postgres://...`',
      default: 'sqlite:data/injeung.sqlite',
      secret: true,
      parse: readDatabaseUrl,
      description:
        'The database. Migrations run at start. For PostgreSQL, `?schema=`, `?host=` and `?sslmode=` are explained above.',
    }),
    DATABASE_POOL_SIZE: integer({
      default: 10,
      min: 1,
      max: 1_000,
      description: 'Maximum number of connections to PostgreSQL per node.',
    }),
    DATABASE_CONNECT_TIMEOUT_MS: integer({
      default: 5_000,
      min: 100,
      max: 60_000,
      unit: 'milliseconds',
      description:
        'How long to wait for a connection to PostgreSQL, or for a lock on the SQLite file. During the start the wait is at most 3 seconds for PostgreSQL and 2 seconds for SQLite.',
    }),
    DATABASE_STATEMENT_TIMEOUT_MS: integer({
      default: 15_000,
      min: 100,
      max: 600_000,
      unit: 'milliseconds',
      description: 'Maximum duration of one statement. Migrations have no limit.',
    }),
    RETENTION_DAYS: integer({
      default: 30,
      min: 1,
      max: 3_650,
      unit: 'days',
      description:
        'How long a verification, its deliveries and its inbox messages are stored after its code has expired.',
    }),
    AUDIT_RETENTION_DAYS: integer({
      default: 730,
      min: 365,
      max: 3_650,
      orZero: true,
      unit: 'days',
      description:
        'How long the entries of the audit log are stored; 0 means for ever. [Access records](../operations/access-records.md) explains what the law requires.',
    }),
  },
);

export function poolSettings(values: ValuesOf<typeof DATABASE>): PoolSettings {
  return {
    size: values.DATABASE_POOL_SIZE,
    connectTimeoutMs: values.DATABASE_CONNECT_TIMEOUT_MS,
    statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
  };
}

function readDatabaseUrl(url: string): string | Fault {
  const fault = databaseUrlFault(url) ?? (isSqliteUrl(url) ? null : tlsFilesFault(parsePostgresUrl(url)));
  return fault === null ? url : new Fault(fault);
}

/**
 * Checks the files that the TLS parameters of a PostgreSQL URL name. They may be wrong although the URL is
 * right.
 */
function tlsFilesFault(url: PostgresUrl): string | null {
  if (!usesTls(url)) return null;
  const [authority, certificate, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) =>
    url.parameters.get(name),
  );
  const read = authority && authority !== 'system' ? readAuthorityFile(authority) : null;
  if (read instanceof Fault) return `sslrootcert ${read.message}`;
  return certificate && key ? clientCertificateFault(certificate, key) : null;
}
