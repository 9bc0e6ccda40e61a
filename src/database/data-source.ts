import { type DataSourceOptions } from 'typeorm';
import { DeliveryEntity } from '../delivery/delivery.entity';
import { InboxMessageEntity } from '../channels/inbox/inbox-message.entity';
import { BudgetEntity } from '../limits/budget.entity';
import { KeyringEntity } from '../keyring/keyring.entity';
import { VerificationEntity } from '../verification/verification.entity';
import { AuditEntryEntity } from '../audit/audit-entry.entity';
import { DkimKeyEntity } from '../sending-domain/dkim/dkim-key.entity';
import { RefusalEntity } from '../operations/refusals/refusal.entity';
import { DutyEntity } from './duty.entity';
import { CreateVerifications1764000000000 } from './migrations/1764000000000-create-verifications';
import { CreateSendingDomains1764100000000 } from './migrations/1764100000000-create-sending-domains';
import { OrderVerifications1764200000000 } from './migrations/1764200000000-order-verifications';
import { CreateRefusals1764400000000 } from './migrations/1764400000000-create-refusals';
import { isSqliteUrl, sqlitePath } from './database-url';
import { CountUnknownOutcomes1764450000000 } from './migrations/1764450000000-count-unknown-outcomes';
import { SeparateLimitKeys1764500000000 } from './migrations/1764500000000-separate-limit-keys';
import { type PoolSettings } from './open-database';
import { PostgresClient } from './postgres-client';
import { clientConfig } from './postgres-connection';
import { applySession, migrationSettings, type SessionSettings } from './postgres-session';
import { type PostgresTls, postgresTls, sslMode } from './postgres-tls';
import { parsePostgresUrl, type PostgresUrl } from './postgres-url';
import { SqliteConnection } from './sqlite-driver';

export const ENTITIES = [
  VerificationEntity,
  DeliveryEntity,
  BudgetEntity,
  KeyringEntity,
  InboxMessageEntity,
  DkimKeyEntity,
  AuditEntryEntity,
  DutyEntity,
  RefusalEntity,
];
export const MIGRATIONS = [
  CreateVerifications1764000000000,
  CreateSendingDomains1764100000000,
  OrderVerifications1764200000000,
  CreateRefusals1764400000000,
  CountUnknownOutcomes1764450000000,
  SeparateLimitKeys1764500000000,
];

const SHARED = { entities: ENTITIES, migrations: MIGRATIONS, synchronize: false, logging: false };

/** How much longer than the server's own limit the driver waits for a statement, in milliseconds. */
const SILENCE_MS = 1_000;
/** How long the TypeORM command line waits for the settings of a session, in milliseconds. */
const COMMAND_LINE_TIMEOUT_MS = 5_000;

/** Options for the TypeORM command line (ormconfig.ts); `sslmode=prefer` means no TLS there, as it asks no server first. */
export function dataSourceOptions(url: string): DataSourceOptions {
  if (isSqliteUrl(url)) return sqliteOptions(sqlitePath(url));
  const target = parsePostgresUrl(url);
  const tls = sslMode(target) === 'prefer' ? false : postgresTls(target);
  return migrationOptions(target, tls, COMMAND_LINE_TIMEOUT_MS);
}

/** @param timeout how long another process's lock is waited for, in milliseconds; the event loop waits as well. */
export function sqliteOptions(path: string, timeout?: number): DataSourceOptions {
  return { type: 'better-sqlite3', driver: SqliteConnection, database: path, timeout, ...SHARED };
}

/** For migrations: one connection, whose statements may take any time. */
export function migrationOptions(
  url: PostgresUrl,
  tls: PostgresTls,
  connectTimeoutMs: number,
): DataSourceOptions {
  return postgresOptions(url, tls, { size: 1, connectTimeoutMs }, migrationSettings(url));
}

/**
 * The schema is not an option of TypeORM's, which would split a name at dots and not escape it: the search path of each
 * connection is exactly the schema.
 */
export function postgresOptions(
  url: PostgresUrl,
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
    ...SHARED,
  };
}
