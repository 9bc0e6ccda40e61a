import { type Config } from '../config/config';
import {
  databaseClockMs,
  inspectDatabase,
  type MigrationState,
  migrationState,
  NoDatabaseYet,
  type Read,
} from '../database/inspect-database';
import { readDevelopmentSecret } from '../keyring/development-secret';
import { keyringState } from '../keyring/keyring-check';
import { type Check, fail, type Finding, ok, reasonOf, warn } from './check';
import { clockFinding } from './clock.check';

const NAME = 'database';
const MIGRATIONS = 'migrations';
const KEYRING = 'keyring';

/** Reaches the database, and looks at what is in it: migrations, the keyring, and on PostgreSQL the clock. */
export function databaseCheck({ databaseUrl, pool, secrets }: Config): Check {
  const isSqlite = databaseUrl.startsWith('sqlite:');
  const where = isSqlite ? databaseUrl : `PostgreSQL at ${new URL(databaseUrl).host}`;
  const look = async (): Promise<Finding[]> => {
    try {
      return await inspectDatabase(databaseUrl, pool, async (read) => [
        ok(NAME, `${where} can be read`),
        migrationFinding(await migrationState(read)),
        await keyringFinding(read, secrets ?? developmentSecrets(databaseUrl)),
        ...(isSqlite ? [] : [clockFinding('PostgreSQL', await databaseClockMs(read))]),
      ]);
    } catch (error) {
      if (error instanceof NoDatabaseYet)
        return [warn(NAME, error.message, 'the first start makes it; run this again then')];
      return [
        fail(NAME, `${where} cannot be used: ${reasonOf(error)}`, 'look at DATABASE_URL and its rights'),
      ];
    }
  };
  return { name: NAME, look };
}

function migrationFinding({ pending, unknown }: MigrationState): Finding {
  if (unknown.length > 0)
    return fail(
      MIGRATIONS,
      `a newer version of the server has changed the database: ${unknown.join(', ')}`,
      'start that version',
    );
  if (pending.length > 0)
    return warn(MIGRATIONS, `pending: ${pending.join(', ')}`, 'make a backup; the next start applies them');
  return ok(MIGRATIONS, 'all are applied');
}

async function keyringFinding(read: Read, secrets: readonly string[]): Promise<Finding> {
  const state = await keyringState(read, secrets);
  switch (state) {
    case 'EMPTY':
      return ok(KEYRING, 'its keys will be made at the first start');
    case 'OPENS':
      return ok(KEYRING, 'the secret opens it');
    case 'OLD_SECRET':
      return warn(
        KEYRING,
        'an older secret opens it',
        'restart a node with the new one first in INJEUNG_SECRET',
      );
    case 'WRONG_SECRET':
      return fail(
        KEYRING,
        'no secret in INJEUNG_SECRET opens it',
        'find the secret that this database was made with; without it codes and recipients are lost',
      );
  }
}

/** What a start outside production would use; it would make one where there is none. */
function developmentSecrets(databaseUrl: string): string[] {
  const secret = readDevelopmentSecret(databaseUrl);
  return secret === null ? [] : [secret];
}
