import { type Pool } from 'pg';
import { DataSource } from 'typeorm';
import { type Clock } from '../../shared/clock';
import { migrationOptions, postgresOptions } from './postgres-options';
import { type Database } from '../database';
import { migrationState, newerDatabase, olderDatabase } from '../migration-state';
import { type PoolSettings } from '../pool-settings';
import { type PostgresClient } from './postgres-client';
import { contactPostgres } from './postgres-connection';
import { PostgresDatabase } from './postgres-database';
import { postgresFault, unkeptSession } from './postgres-fault';
import { applySession, migrationSettings, servingSettings, unkeptSettings } from './postgres-session';
import { type PostgresTls } from './postgres-tls';
import { type Schema } from '../schema';
import { parsePostgresUrl, placeOf } from './postgres-url';
import { type PostgresUrl } from './postgres-url.types';

/** The key of the advisory lock that makes nodes migrate one by one. All nodes must use the same number. */
const MIGRATION_LOCK = 4_021_982;
/** How long to wait for another node's migration, in milliseconds: the longest time of a timer in Node. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** How long the first connection may take, in milliseconds. A failed start must end within 5 seconds. */
const START_CONNECT_MS = 3_000;

/**
 * Opens the database of a `postgres://` URL and applies the missing migrations.
 *
 * @throws DatabaseFault
 */
export async function openPostgres(
  url: string,
  schema: Schema,
  pool: PoolSettings,
  testClock?: Clock,
): Promise<Database> {
  const target = parsePostgresUrl(url);
  try {
    const tls = await migratePostgres(target, schema, Math.min(pool.connectTimeoutMs, START_CONNECT_MS));
    return await servePostgres(target, schema, tls, pool, testClock);
  } catch (error) {
    throw postgresFault(target, error);
  }
}

/**
 * Opens the database of a `postgres://` URL beside servers that may be running, without applying migrations.
 *
 * @throws DatabaseFault, also when the database lacks migrations.
 */
export async function openPostgresForCommand(
  url: string,
  schema: Schema,
  pool: PoolSettings,
): Promise<Database> {
  const target = parsePostgresUrl(url);
  try {
    const { client, tls } = await contactPostgres(target, START_CONNECT_MS);
    try {
      await applySession(client, migrationSettings(target), START_CONNECT_MS);
      const state = await migrationState(
        async <R>(sql: string) => (await client.query(sql)).rows as R[],
        schema,
      );
      const place = `PostgreSQL at ${placeOf(target)}`;
      const fault = newerDatabase(state, place) ?? olderDatabase(state, place);
      if (fault) throw fault;
    } finally {
      await client.end().catch(() => undefined);
    }
    return await servePostgres(target, schema, tls, pool);
  } catch (error) {
    throw postgresFault(target, error);
  }
}

/**
 * Migrates over separate connections without a time limit, because building an index or waiting for another node's
 * migration may take longer than a request may.
 *
 * @returns the TLS options that the server accepts.
 */
async function migratePostgres(
  url: PostgresUrl,
  schema: Schema,
  connectTimeoutMs: number,
): Promise<PostgresTls> {
  const { client, tls } = await contactPostgres(url, connectTimeoutMs);
  try {
    await applySession(client, migrationSettings(url), connectTimeoutMs);
    await withMigrationLock(client, () => migrate(url, schema, client, tls, connectTimeoutMs));
    return tls;
  } finally {
    // An error while closing must not replace the error of the migration.
    await client.end().catch(() => undefined);
  }
}

async function withMigrationLock(client: PostgresClient, work: () => Promise<void>): Promise<void> {
  const lock = {
    text: 'SELECT pg_advisory_lock($1)',
    values: [MIGRATION_LOCK],
    query_timeout: LONGEST_WAIT_MS,
  };
  await client.query(lock);
  try {
    await work();
  } finally {
    // A pooler may keep the session, and with it the lock, after the client has disconnected.
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
  }
}

async function migrate(
  url: PostgresUrl,
  schema: Schema,
  client: PostgresClient,
  tls: PostgresTls,
  connectTimeoutMs: number,
): Promise<void> {
  const state = await migrationState(async <R>(sql: string) => (await client.query(sql)).rows as R[], schema);
  const newer = newerDatabase(state, `PostgreSQL at ${placeOf(url)}`);
  if (newer) throw newer;
  if (state.pending.length === 0) return;
  const dataSource = await new DataSource(migrationOptions(url, schema, tls, connectTimeoutMs)).initialize();
  try {
    await dataSource.runMigrations({ transaction: 'each' });
  } finally {
    await dataSource.destroy().catch(() => undefined);
  }
}

async function servePostgres(
  url: PostgresUrl,
  schema: Schema,
  tls: PostgresTls,
  pool: PoolSettings,
  testClock?: Clock,
): Promise<Database> {
  const settings = servingSettings(url, pool.statementTimeoutMs);
  const dataSource = await new DataSource(postgresOptions(url, schema, tls, pool, settings)).initialize();
  const { master } = dataSource.driver as unknown as { master: Pool };
  try {
    const client = await master.connect();
    const unkept = await unkeptSettings(client, settings).finally(() => client.release());
    if (unkept.length > 0) throw unkeptSession(url, unkept);
  } catch (error) {
    await dataSource.destroy().catch(() => undefined);
    throw error;
  }
  return new PostgresDatabase(dataSource, master, testClock);
}
