import { userInfo } from 'node:os';
import { type ClientConfig } from 'pg';
import { DatabaseFault } from '../database-fault';
import { PostgresClient } from './postgres-client';
import { transactionPooling } from './postgres-fault';
import { detectPooling } from './postgres-pooling';
import { offersNoTls, type PostgresTls, postgresTls, sslMode } from './postgres-tls';
import { placeOf, quoteIdentifier } from './postgres-url';
import { type PostgresUrl } from './postgres-url.types';

/** What pg needs to reach the server; the URL itself is not given to it, since pg reads some parts differently. */
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
  /** Whether a pooler is between. */
  pooled: boolean;
}

/**
 * Opens one connection, on which nothing is set yet, and finds out what the server and a pooler before it offer. With
 * `sslmode=prefer` this is where the server is asked whether it has TLS.
 *
 * @param timeoutMs bounds the connection, and each of its statements.
 * @throws DatabaseFault when a pooler does not keep sessions or the schema is missing, else the driver's error.
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

/** libpq's default; pg's own is the variable USER, which services and containers often lack. */
function systemUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined; // A container's user id may have no name.
  }
}
