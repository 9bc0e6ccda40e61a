import { type DataSourceOptions } from 'typeorm';
import { type PoolSettings } from '../pool-settings';
import { type Schema, schemaOptions } from '../schema';
import { PostgresClient } from './postgres-client';
import { clientConfig } from './postgres-connection';
import { applySession, migrationSettings, type SessionSettings } from './postgres-session';
import { type PostgresTls } from './postgres-tls';
import { type PostgresUrl } from './postgres-url.types';

/** How much longer than the server's own time limit the driver waits for a statement, in milliseconds. */
const SILENCE_MS = 1_000;
/** Options for migrations: one connection without a time limit for statements. */
export function migrationOptions(
  url: PostgresUrl,
  schema: Schema,
  tls: PostgresTls,
  connectTimeoutMs: number,
): DataSourceOptions {
  return postgresOptions(url, schema, tls, { size: 1, connectTimeoutMs }, migrationSettings(url));
}

/**
 * Options for serving. TypeORM's option `schema` is not used, because TypeORM splits a name at dots and does not escape
 * it. Instead each connection sets its search path to the schema.
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
      // The server ends a statement that takes too long. This limit is for a server or a network that does not answer.
      query_timeout: pool.statementTimeoutMs && pool.statementTimeoutMs + SILENCE_MS,
      // Idle connections are kept, because opening them again would delay the next burst of requests.
      idleTimeoutMillis: 0,
      onConnect: (client: PostgresClient) => applySession(client, settings, pool.connectTimeoutMs),
    },
    ...schemaOptions(schema),
  };
}
