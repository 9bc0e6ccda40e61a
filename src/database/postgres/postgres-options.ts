import { type DataSourceOptions } from 'typeorm';
import { type PoolSettings } from '../pool-settings';
import { type Schema, schemaOptions } from '../schema';
import { PostgresClient } from './postgres-client';
import { clientConfig } from './postgres-connection';
import { applySession, migrationSettings, type SessionSettings } from './postgres-session';
import { type PostgresTls } from './postgres-tls';
import { type PostgresUrl } from './postgres-url.types';

/** How much longer than the server's own limit the driver waits for a statement, in milliseconds. */
const SILENCE_MS = 1_000;
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
    ...schemaOptions(schema),
  };
}
