import { type DataSourceOptions } from 'typeorm';
import { isSqliteUrl, sqlitePath } from './database-url';
import { migrationOptions } from './postgres/postgres-options';
import { postgresTls, sslMode } from './postgres/postgres-tls';
import { parsePostgresUrl } from './postgres/postgres-url';
import { type Schema } from './schema';
import { sqliteOptions } from './sqlite/sqlite-options';

/** How long applying the session's settings may take for the TypeORM command line, in milliseconds. */
const COMMAND_LINE_TIMEOUT_MS = 5_000;

/**
 * Options for the TypeORM command line (ormconfig.ts). `sslmode=prefer` means no TLS here, because the options are made
 * before the server can be asked whether it supports TLS.
 */
export function dataSourceOptions(url: string, schema: Schema): DataSourceOptions {
  if (isSqliteUrl(url)) return sqliteOptions(sqlitePath(url), schema);
  const target = parsePostgresUrl(url);
  const tls = sslMode(target) === 'prefer' ? false : postgresTls(target);
  return migrationOptions(target, schema, tls, COMMAND_LINE_TIMEOUT_MS);
}
