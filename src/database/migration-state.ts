import { DatabaseFault } from './database-fault';
import { migrationNames, type Schema } from './schema';

/** Runs one statement that changes nothing and has no parameters. */
export type Read = <R extends object>(sql: string) => Promise<R[]>;

export interface MigrationState {
  /** Migrations that the next start will apply. */
  pending: string[];
  /** Migrations that a newer version of the program has applied. */
  unknown: string[];
}

/** Compares the migrations that were applied to the database with the migrations of this program. */
export async function migrationState(read: Read, schema: Schema): Promise<MigrationState> {
  const rows = await rowsIfThere<{ name: string }>(read, `SELECT name FROM migrations`);
  const applied = new Set(rows.map(({ name }) => name));
  const known = migrationNames(schema);
  return {
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.includes(name)),
  };
}

/**
 * The fault of a database that a newer version has changed, or null. This program's statements would not fit its
 * tables.
 */
export function newerDatabase({ unknown }: MigrationState, place: string): DatabaseFault | null {
  if (unknown.length === 0) return null;
  return new DatabaseFault(
    `${place} was changed by a newer version of Injeung (${unknown.join(', ')})`,
    'start that version or a newer one, or restore a backup from before the upgrade',
  );
}

/** The fault of a database that lacks migrations of this version, or null. Only the server applies migrations. */
export function olderDatabase({ pending }: MigrationState, place: string): DatabaseFault | null {
  if (pending.length === 0) return null;
  return new DatabaseFault(
    `${place} does not have the tables of this version yet`,
    'start the server of this version once: it creates and updates the tables',
  );
}

/** Returns no rows when the table does not exist, which is so before the first start. */
export async function rowsIfThere<R extends object>(read: Read, sql: string): Promise<R[]> {
  try {
    return await read<R>(sql);
  } catch (error) {
    const { code, message = '' } = error as { code?: string; message?: string };
    if (code === '42P01' || message.includes('no such table')) return [];
    throw error;
  }
}
