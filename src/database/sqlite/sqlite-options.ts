import { type DataSourceOptions } from 'typeorm';
import { type Schema, schemaOptions } from '../schema';
import { SqliteConnection } from './sqlite-driver';

/** @param timeout how long another process's lock is waited for, in milliseconds; the event loop waits as well. */
export function sqliteOptions(path: string, schema: Schema, timeout?: number): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    driver: SqliteConnection,
    database: path,
    timeout,
    ...schemaOptions(schema),
  };
}
