import { userInfo } from 'node:os';
import { type ClientConfig } from 'pg';
import { DatabaseFault } from '../database-fault';
import { PostgresClient } from './postgres-client';
import { transactionPooling } from './postgres-fault';
import { detectPooling } from './postgres-pooling';
import { offersNoTls, type PostgresTls, postgresTls, sslMode } from './postgres-tls';
import { placeOf, quoteIdentifier } from './postgres-url';
import { type PostgresUrl } from './postgres-url.types';

/** The options of pg for a server. pg does not get the URL itself, because it reads some parts of it differently. */
export function clientConfig(url: PostgresUrl, tls: PostgresTls): ClientConfig {
  return {
    host: url.host,
    port: url.port,
    user: url.user ?? systemUser(),
    password: url.password ?? undefined,
    database: url.database ?? undefined,
    application_name: url.applicationName,
    options: url.parameters.get('options') ?? undefined,
    ssl: tls,
    keepAlive: true,
  };
}

export interface FirstContact {
  client: PostgresClient;
  tls: PostgresTls;
  /** Whether the connection goes through a pooler. */
  pooled: boolean;
}

/**
 * Opens one connection without session settings, and detects TLS (with `sslmode=prefer`) and a pooler.
 *
 * @param timeoutMs how long connecting may take, and each statement of the connection, in milliseconds.
 * @throws DatabaseFault when a pooler does not keep sessions or the schema does not exist; otherwise the driver's
 *   error.
 */
export async function contactPostgres(url: PostgresUrl, timeoutMs: number): Promise<FirstContact> {
  const { client, tls } = await negotiate(url, timeoutMs);
  try {
    const pooling = await detectPooling(client, () => connect(url, tls, timeoutMs));
    if (pooling === 'transaction') throw transactionPooling(url);
    await requireSchema(client, url);
    return { client, tls, pooled: pooling === 'session' };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function negotiate(url: PostgresUrl, timeoutMs: number) {
  const tls = postgresTls(url);
  try {
    return { client: await connect(url, tls, timeoutMs), tls };
  } catch (error) {
    if (sslMode(url) !== 'prefer' || !offersNoTls(error)) throw error;
    return { client: await connect(url, false, timeoutMs), tls: false as const };
  }
}

async function connect(url: PostgresUrl, tls: PostgresTls, timeoutMs: number): Promise<PostgresClient> {
  const timeouts = { connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs };
  const client = new PostgresClient({ ...clientConfig(url, tls), ...timeouts });
  await client.connect();
  return client;
}

async function requireSchema(client: PostgresClient, url: PostgresUrl): Promise<void> {
  if (url.schema === null) return;
  const { rows } = await client.query(`SELECT 1 FROM pg_namespace WHERE nspname = $1`, [url.schema]);
  if (rows.length > 0) return;
  throw new DatabaseFault(
    `PostgreSQL at ${placeOf(url)} has no schema named ${url.schema}`,
    `create it with CREATE SCHEMA ${quoteIdentifier(url.schema)}, or correct schema= (capitals count)`,
  );
}

/** libpq's default user. pg uses the variable USER instead, which is often not set for services and in containers. */
function systemUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // In a container, the user id may have no name.
  }
}
