import { type Config } from '../config/config';
import { DatabaseFault } from '../database/database-fault';
import { databasePlace, isSqliteUrl } from '../database/database-url';
import {
  databaseClockMs,
  type Inspected,
  inspectDatabase,
  NoDatabaseYet,
} from '../database/inspect-database';
import { type MigrationState, migrationState, newerDatabase, type Read } from '../database/migration-state';
import { type Schema } from '../database/schema';
import { readDevelopmentSecret } from '../keyring/development-secret';
import { keyringState } from '../keyring/keyring-check';
import { type Check, fail, type Finding, ok, warn } from './check';
import { clockFinding } from './clock.check';

const NAME = 'database';
const MIGRATIONS = 'migrations';
const KEYRING = 'keyring';
const POOLER = 'pooler';

/** Connects to the database and checks migrations, keyring and, on PostgreSQL, pooler and clock. */
export function databaseCheck({ databaseUrl, pool, secrets }: Config, schema: Schema): Check {
  const place = databasePlace(databaseUrl);
  const findings = async ({ read, pooled, checked }: Inspected): Promise<Finding[]> => [
    ok(
      NAME,
      `${isSqliteUrl(databaseUrl) ? databaseUrl : place} can be read${checked ? '' : ' (not checked for damage, because it is large)'}`,
    ),
    ...(pooled ? [ok(POOLER, 'the pooler keeps one session for each connection')] : []),
    migrationFinding(await migrationState(read, schema), place),
    await keyringFinding(read, secrets ?? developmentSecrets(databaseUrl)),
    ...(isSqliteUrl(databaseUrl) ? [] : [clockFinding('PostgreSQL', await databaseClockMs(read))]),
  ];
  const run = async (): Promise<Finding[]> => {
    try {
      return await inspectDatabase(databaseUrl, pool, findings);
    } catch (error) {
      if (error instanceof NoDatabaseYet)
        return [warn(NAME, error.message, 'start the server, which creates it, and run this command again')];
      if (error instanceof DatabaseFault) return [faultFinding(NAME, error)];
      throw error;
    }
  };
  return { name: NAME, run };
}

function faultFinding(check: string, { fault, advice }: DatabaseFault): Finding {
  return fail(check, fault, `DATABASE_URL: ${advice}`);
}

function migrationFinding(state: MigrationState, place: string): Finding {
  const newer = newerDatabase(state, place);
  if (newer) return faultFinding(MIGRATIONS, newer);
  if (state.pending.length > 0)
    return warn(
      MIGRATIONS,
      `not applied yet: ${state.pending.join(', ')}`,
      'make a backup before the next start, which applies them',
    );
  return ok(MIGRATIONS, 'all migrations are applied');
}

async function keyringFinding(read: Read, secrets: readonly string[]): Promise<Finding> {
  const state = await keyringState(read, secrets);
  switch (state) {
    case 'EMPTY':
      return ok(KEYRING, 'the keyring is empty; the first start creates its keys');
    case 'OPENS':
      return ok(KEYRING, 'the master secret decrypts the keyring');
    case 'OLD_SECRET':
      return warn(
        KEYRING,
        'only an older secret decrypts the keyring',
        'restart a node with the new secret first in INJEUNG_SECRET',
      );
    case 'WRONG_SECRET':
      return fail(
        KEYRING,
        'no secret in INJEUNG_SECRET decrypts the keyring',
        'set the secret with which this database was created; without it, recipients and keys cannot be decrypted',
      );
  }
}

/** The secret that a start outside production would use. If there is none, the start would create one. */
function developmentSecrets(databaseUrl: string): string[] {
  const secret = readDevelopmentSecret(databaseUrl);
  return secret === null ? [] : [secret];
}
