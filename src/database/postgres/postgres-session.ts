import { type ClientBase } from 'pg';
import { quoteIdentifier } from './postgres-url';
import { type PostgresUrl } from './postgres-url.types';

/** Values of PostgreSQL's settings by name, written as the view `pg_settings` shows them. */
export type SessionSettings = Record<string, string>;

/** How long one statement waits for a row that another holds, in milliseconds: nobody holds one for long. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * What every connection of the service sets for itself.
 *
 * Each of its statements is a few index look-ups at any size (test/integration/query-plans.test.ts), but PostgreSQL
 * plans a named statement when it is new, which is when the tables are empty and a sequential scan looks cheaper; it
 * would then keep that plan while they grow. So sequential scans are switched off, and the first plan is kept: planning
 * each execution again costs more than the execution.
 *
 * @param statementTimeoutMs how long one statement may run, in milliseconds; 0 for any time.
 */
export function servingSettings({ schema }: PostgresUrl, statementTimeoutMs = 0): SessionSettings {
  return {
    ...searchPath(schema),
    statement_timeout: String(statementTimeoutMs),
    // A node that is stopped in the middle of a transaction releases its rows.
    idle_in_transaction_session_timeout: String(statementTimeoutMs),
    lock_timeout: String(LOCK_TIMEOUT_MS),
    plan_cache_mode: 'force_generic_plan',
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
  };
}

/** Migrations may run for as long as they need, whatever limits the role has. */
export function migrationSettings({ schema }: PostgresUrl): SessionSettings {
  return {
    ...searchPath(schema),
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    lock_timeout: '0',
  };
}

/** Exactly the schema that the URL names; without one the role's own search path. */
export function searchPath(schema: string | null): SessionSettings {
  return schema === null ? {} : { search_path: quoteIdentifier(schema) };
}

/**
 * Sets them on a new connection, in one round trip. They are not options of the connection's start, because poolers
 * refuse those or drop them without a word.
 */
export async function applySession(
  client: ClientBase,
  settings: SessionSettings,
  timeoutMs: number,
): Promise<void> {
  const values = Object.entries(settings).flat();
  if (values.length === 0) return;
  const calls = Object.keys(settings).map(
    (_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`,
  );
  const statement = { text: `SELECT ${calls.join(', ')}`, values, query_timeout: timeoutMs };
  await client.query(statement);
}

/** The names of settings that have another value on this connection. */
export async function unkeptSettings(client: ClientBase, settings: SessionSettings): Promise<string[]> {
  const names = Object.keys(settings);
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])`,
    [names],
  );
  const kept = new Map(rows.map(({ name, setting }) => [name, setting]));
  return names.filter((name) => kept.get(name) !== settings[name]);
}
