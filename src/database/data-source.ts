import { type DataSourceOptions } from 'typeorm';
import { isSqliteUrl, sqlitePath } from './database-url';
import { type PoolSettings } from './pool-settings';
import { PostgresClient } from './postgres/postgres-client';
import { clientConfig } from './postgres/postgres-connection';
import { applySession, migrationSettings, type SessionSettings } from './postgres/postgres-session';
import { type PostgresTls, postgresTls, sslMode } from './postgres/postgres-tls';
import { parsePostgresUrl } from './postgres/postgres-url';
import { type PostgresUrl } from './postgres/postgres-url.types';
import { type Schema } from './schema';
import { SqliteConnection } from './sqlite/sqlite-driver';

/** How much longer than the server's own limit the driver waits for a statement, in milliseconds. */
const SILENCE_MS = 1_000;
/** How long the TypeORM command line waits for the settings of a session, in milliseconds. */
const COMMAND_LINE_TIMEOUT_MS = 5_000;

/** Options for the TypeORM command line (ormconfig.ts); `sslmode=prefer` means no TLS there, as it asks no server first. */
export function dataSourceOptions(url: string, schema: Schema): DataSourceOptions {
  if (isSqliteUrl(url)) return sqliteOptions(sqlitePath(url), schema);
  const target = parsePostgresUrl(url);
  const tls = sslMode(target) === 'prefer' ? false : postgresTls(target);
  return migrationOptions(target, schema, tls, COMMAND_LINE_TIMEOUT_MS);
}

/** @param timeout how long another process's lock is waited for, in milliseconds; the event loop waits as well. */
export function sqliteOptions(path: string, schema: Schema, timeout?: number): DataSourceOptions {
  return { type: 'better-sqlite3', driver: SqliteConnection, database: path, timeout, ...shared(schema) };
}

/** For migrations: one connection, whose statements may take any time. */
export function migrationOptions(
  url: PostgresUrl,
  schema: Schema,
  tls: PostgresTls,
  connectTimeoutMs: number,
): DataSourceOptions {
  return postgresOptions(url, schema, tls, { size: 1, connectTimeoutMs }, migrationSettings(url));
}

/**
 * The schema is not an option of TypeORM's, which would split a name at dots and not escape it: the search path of each
 * connection is exactly the schema.
 */
export function postgresOptions(
  url: PostgresUrl,
  schema: Schema,
  tls: PostgresTls,
  pool: PoolSettings,
  settings: SessionSettings,
): DataSourceOptions {
  return {
    type: 'postgres',
    // Epoch milliseconds fit a double until the year 287396.
    parseInt8: true,
    extra: {
      ...clientConfig(url, tls),
      Client: PostgresClient,
      max: pool.size,
      connectionTimeoutMillis: pool.connectTimeoutMs,
      // The server enforces the time limit of a statement; this one is for a server, or a network, that is silent.
      query_timeout: pool.statementTimeoutMs && pool.statementTimeoutMs + SILENCE_MS,
      // A pool that closes idle connections has to open them again at the next burst.
      idleTimeoutMillis: 0,
      onConnect: (client: PostgresClient) => applySession(client, settings, pool.connectTimeoutMs),
    },
    ...shared(schema),
  };
}

function shared({ entities, migrations }: Schema) {
  return { entities: [...entities], migrations: [...migrations], synchronize: false, logging: false };
}
