import { type DataSourceOptions } from 'typeorm';
import { isSqliteUrl, sqlitePath } from './database-url';
import { migrationOptions } from './postgres/postgres-options';
import { postgresTls, sslMode } from './postgres/postgres-tls';
import { parsePostgresUrl } from './postgres/postgres-url';
import { type Schema } from './schema';
import { sqliteOptions } from './sqlite/sqlite-options';

/** How long the TypeORM command line waits for the settings of a session, in milliseconds. */
const COMMAND_LINE_TIMEOUT_MS = 5_000;

/**
 * Options for the TypeORM command line (ormconfig.ts); `sslmode=prefer` means no TLS there, as it asks no server first.
 */
export function dataSourceOptions(url: string, schema: Schema): DataSourceOptions {
  if (isSqliteUrl(url)) return sqliteOptions(sqlitePath(url), schema);
  const target = parsePostgresUrl(url);
  const tls = sslMode(target) === 'prefer' ? false : postgresTls(target);
  return migrationOptions(target, schema, tls, COMMAND_LINE_TIMEOUT_MS);
}
