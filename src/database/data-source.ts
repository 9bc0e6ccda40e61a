import { isAbsolute, resolve } from 'node:path';
import { type DataSourceOptions } from 'typeorm';
import { DeliveryEntity } from '../delivery/delivery.entity';
import { InboxMessageEntity } from '../channels/inbox/inbox-message.entity';
import { BudgetEntity } from '../verification/budget.entity';
import { KeyringEntity } from '../keyring/keyring.entity';
import { VerificationEntity } from '../verification/verification.entity';
import { AuditEntryEntity } from '../audit/audit-entry.entity';
import { DkimKeyEntity } from '../identity/dkim-key.entity';
import { RefusalEntity } from '../operations/refusals/refusal.entity';
import { DutyEntity } from './duty.entity';
import { CreateVerifications1764000000000 } from './migrations/1764000000000-create-verifications';
import { CreateSendingDomains1764100000000 } from './migrations/1764100000000-create-sending-domains';
import { OrderVerifications1764200000000 } from './migrations/1764200000000-order-verifications';
import { CreateRefusals1764400000000 } from './migrations/1764400000000-create-refusals';
import { type PoolSettings } from './open-database';
import { PostgresClient } from './postgres-client';
import { sessionOptions } from './postgres-session';
import { type PostgresTls, postgresTls, sslMode, withoutTls } from './postgres-tls';
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
];

const SHARED = { entities: ENTITIES, migrations: MIGRATIONS, synchronize: false, logging: false };

/** How much longer than the server's own limit a statement is waited for. */
const SILENCE_MS = 1_000;

/** The file that a `sqlite:` URL names; a relative path starts at the working directory. */
export function sqlitePath(url: string): string {
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  return isAbsolute(path) ? path : resolve(path);
}

/** What TypeORM needs to know; the server and the TypeORM command line (ormconfig.ts) share it. */
export function dataSourceOptions(url: string): DataSourceOptions {
  if (!url.startsWith('sqlite:')) return postgresOptions(url);
  return { type: 'better-sqlite3', driver: SqliteConnection, database: sqlitePath(url), ...SHARED };
}

/**
 * @param pool its size and time limits; without it none, as migrations want it.
 * @param tls what the URL asks for; `sslmode=prefer` is none here, since only openDatabase asks the server first.
 */
export function postgresOptions(
  url: string,
  pool?: PoolSettings,
  tls: PostgresTls = sslMode(new URL(url)) === 'prefer' ? false : postgresTls(url),
): DataSourceOptions {
  const { searchParams } = new URL(url);
  const schema = searchParams.get('schema') ?? undefined;
  const serving = pool?.statementTimeoutMs !== undefined;
  return {
    type: 'postgres',
    url: withoutTls(url),
    schema,
    applicationName: searchParams.get('application_name') ?? 'injeung',
    // Epoch milliseconds fit a double until the year 287396.
    parseInt8: true,
    extra: {
      Client: PostgresClient,
      ssl: tls,
      max: pool?.size,
      connectionTimeoutMillis: pool?.connectTimeoutMs,
      statement_timeout: pool?.statementTimeoutMs,
      // A node that is stopped in the middle of a transaction lets go of its rows.
      idle_in_transaction_session_timeout: pool?.statementTimeoutMs,
      // The server keeps the limit above; this one is for a server, or a network, that says nothing any more.
      query_timeout: pool?.statementTimeoutMs && pool.statementTimeoutMs + SILENCE_MS,
      keepAlive: true,
      // A pool that closes idle connections pays for new ones at the next burst, when it hurts.
      idleTimeoutMillis: 0,
      options: [serving ? sessionOptions() : '', schema ? `-c search_path=${schema}` : ''].join(' ').trim(),
    },
    ...SHARED,
  };
}
