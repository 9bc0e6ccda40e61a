import { type DataSourceOptions } from 'typeorm';
import { type Schema, schemaOptions } from '../schema';
import { SqliteConnection } from './sqlite-driver';

/**
 * @param timeout how long to wait for the lock of another process, in milliseconds. The event loop is blocked
 *   meanwhile.
 */
export function sqliteOptions(path: string, schema: Schema, timeout?: number): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    driver: SqliteConnection,
    database: path,
    timeout,
    ...schemaOptions(schema),
  };
}
