import { DatabaseFault } from './database-fault';
import { migrationNames, type Schema } from './schema';

/** Runs one statement without parameters that changes nothing. */
export type Read = <R extends object>(sql: string) => Promise<R[]>;

export interface MigrationState {
  /** Will be applied at the next start. */
  pending: string[];
  /** Applied by a version of the program that this one does not know. */
  unknown: string[];
}

/** Compares the migrations that the database's own table lists with those of this program. */
export async function migrationState(read: Read, schema: Schema): Promise<MigrationState> {
  const rows = await rowsIfThere<{ name: string }>(read, `SELECT name FROM migrations`);
  const applied = new Set(rows.map(({ name }) => name));
  const known = migrationNames(schema);
  return {
    pending: known.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !known.includes(name)),
  };
}

/** Null, or why this program must not work on the database: its statements expect the tables of its own version. */
export function newerDatabase({ unknown }: MigrationState, place: string): DatabaseFault | null {
  if (unknown.length === 0) return null;
  return new DatabaseFault(
    `${place} was changed by a newer version of Injeung (${unknown.join(', ')})`,
    'start that version or a newer one, or restore a backup from before the upgrade',
  );
}

/** Returns no rows when the table does not exist, as before the first start. */
export async function rowsIfThere<R extends object>(read: Read, sql: string): Promise<R[]> {
  try {
    return await read<R>(sql);
  } catch (error) {
    const { code, message = '' } = error as { code?: string; message?: string };
    if (code === '42P01' || message.includes('no such table')) return [];
    throw error;
  }
}
