import { isAbsolute, resolve } from 'node:path';
import { type DataSourceOptions } from 'typeorm';
import { DeliveryEntity } from '../delivery/delivery.entity';
import { InboxMessageEntity } from '../channels/inbox/inbox-message.entity';
import { BudgetEntity } from '../verification/budget.entity';
import { KeyringEntity } from '../keyring/keyring.entity';
import { VerificationEntity } from '../verification/verification.entity';
import { CreateVerifications1764000000000 } from './migrations/1764000000000-create-verifications';
import { SqliteConnection } from './sqlite-driver';
import { type PoolSettings } from './open-database';

export const ENTITIES = [VerificationEntity, DeliveryEntity, BudgetEntity, KeyringEntity, InboxMessageEntity];
export const MIGRATIONS = [CreateVerifications1764000000000];

/** The file that a `sqlite:` URL names; a relative path starts at the working directory. */
export function sqlitePath(url: string): string {
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  return isAbsolute(path) ? path : resolve(path);
}

/** What TypeORM needs to know; the server and the TypeORM command line (ormconfig.ts) share it. */
export function dataSourceOptions(url: string, pool?: PoolSettings): DataSourceOptions {
  const shared = { entities: ENTITIES, migrations: MIGRATIONS, synchronize: false, logging: false };
  if (url.startsWith('sqlite:')) {
    return { type: 'better-sqlite3', driver: SqliteConnection, database: sqlitePath(url), ...shared };
  }
  const { searchParams } = new URL(url);
  const schema = searchParams.get('schema') ?? undefined;
  return {
    type: 'postgres',
    url,
    schema,
    applicationName: searchParams.get('application_name') ?? 'injeung',
    // Epoch milliseconds fit a double until the year 287396.
    parseInt8: true,
    extra: {
      max: pool?.size,
      connectionTimeoutMillis: pool?.connectTimeoutMs,
      statement_timeout: pool?.statementTimeoutMs,
      // A pool that closes idle connections pays for new ones at the next burst, when it hurts.
      idleTimeoutMillis: 0,
      ...(schema ? { options: `-c search_path=${schema}` } : {}),
    },
    ...shared,
  };
}
