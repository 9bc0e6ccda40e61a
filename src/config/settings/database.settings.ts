import { type PoolSettings } from '../../database/open-database';
import { tlsFault } from '../../database/postgres-tls';
import { clientCertificateFault, readAuthorityFile } from '../files';
import { integer, special } from '../kinds';
import { Fault, group, type ValuesOf } from '../setting';

export const DATABASE = group(
  {
    title: 'Database',
    intro: [
      '`sslmode` in a PostgreSQL URL means what it means to libpq: `disable`; `prefer` (the default: TLS if the server offers it, asked once at start); `require` (TLS with any certificate; with `sslrootcert` the same as `verify-ca`); `verify-ca` (signed by `sslrootcert`); `verify-full` (also issued for this host; without `sslrootcert`, signed by an authority that Node trusts).',
      "Over a network that others use too, only `verify-full` prevents interception. `sslcert` and `sslkey` name the client's own certificate and key.",
    ].join(' '),
  },
  {
    DATABASE_URL: special({
      form: '`sqlite:<path>` or `postgres://...`',
      default: 'sqlite:data/injeung.sqlite',
      secret: true,
      parse: readDatabaseUrl,
      description:
        'Where everything is stored; migrations run at start. PostgreSQL: `?schema=` names the schema, `?sslmode=` the protection of the connection (see above).',
    }),
    DATABASE_POOL_SIZE: integer({
      default: 10,
      min: 1,
      max: 1_000,
      description: 'Connections to PostgreSQL per node.',
    }),
    DATABASE_CONNECT_TIMEOUT_MS: integer({
      default: 5_000,
      min: 100,
      max: 60_000,
      unit: 'milliseconds',
      description: 'How long to wait for a connection to PostgreSQL, or for a lock on the SQLite file.',
    }),
    DATABASE_STATEMENT_TIMEOUT_MS: integer({
      default: 15_000,
      min: 100,
      max: 600_000,
      unit: 'milliseconds',
      description: 'How long one statement may take. Migrations have no limit.',
    }),
    RETENTION_DAYS: integer({
      default: 30,
      min: 1,
      max: 3_650,
      unit: 'days',
      description:
        "How long a verification, its deliveries and its inbox messages are kept after the code's end.",
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
  if (/^sqlite:.+/.test(url)) return url;
  const isPostgres = /^postgres(ql)?:\/\//.test(url) && URL.canParse(url);
  const fault = isPostgres ? tlsFault(new URL(url)) : 'must be sqlite:<path> or postgres://...';
  const found = fault ?? tlsFilesFault(new URLSearchParams(url.split('?')[1]));
  return found === null ? url : new Fault(found);
}

/** The files of a PostgreSQL URL's TLS parameters, which may be wrong although the URL is right. */
function tlsFilesFault(parameters: URLSearchParams): string | null {
  if (parameters.get('sslmode') === 'disable') return null;
  const [authority, certificate, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) =>
    parameters.get(name),
  );
  const read = authority && authority !== 'system' ? readAuthorityFile(authority) : null;
  if (read instanceof Fault) return `sslrootcert ${read.message}`;
  return certificate && key ? clientCertificateFault(certificate, key) : null;
}
