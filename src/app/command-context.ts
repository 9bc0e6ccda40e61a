import { AuditLog } from '../audit/audit-log';
import { type Config, readConfig } from '../config/config';
import { type Database } from '../database/database';
import { openDatabaseForCommand } from '../database/open-database';
import { EventOutbox } from '../events/event-outbox';
import { developmentSecret } from '../keyring/development-secret';
import { Keyring } from '../keyring/keyring';
import { MasterSecrets } from '../keyring/master-secret';
import { RecipientReads } from '../operations/recipient-reads';
import { Suppressions } from '../operations/suppression/suppressions';
import { RecipientVault } from '../recipients/recipient-vault';
import { SCHEMA } from './schema';

/** What a command needs that reads the database of a server, which may be running. */
export interface CommandContext {
  config: Config;
  database: Database;
  vault: RecipientVault;
  audit: AuditLog;
  reads: RecipientReads;
  suppressions: Suppressions;
}

/**
 * Opens the database with the settings of the server, runs the work, and closes the database.
 *
 * @throws SettingsFault, DatabaseFault or WrongSecret.
 */
export async function withDatabase<T>(
  variables: NodeJS.ProcessEnv,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const config = readConfig(variables);
  const database = await openDatabaseForCommand(config.databaseUrl, SCHEMA);
  try {
    const secrets = new MasterSecrets(config.secrets ?? [developmentSecret(config.databaseUrl)]);
    const vault = new RecipientVault(await Keyring.open(database, secrets));
    const audit = new AuditLog(database);
    const events = new EventOutbox(config.events.url !== null);
    const suppressions = new Suppressions({ database, vault, events, audit, providerList: null });
    const reads = new RecipientReads(vault, audit);
    return await work({ config, database, vault, audit, reads, suppressions });
  } finally {
    await database.close();
  }
}
