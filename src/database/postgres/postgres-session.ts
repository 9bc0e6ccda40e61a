import { type ClientBase } from 'pg';
import { quoteIdentifier } from './postgres-url';
import { type PostgresUrl } from './postgres-url.types';

/** Values of PostgreSQL's settings by name, in the form of the view `pg_settings`. */
export type SessionSettings = Record<string, string>;

/**
 * How long a statement waits for a locked row, in milliseconds. A transaction usually locks a row for some
 * milliseconds.
 */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * The settings of every connection that serves requests.
 *
 * Every statement should be a few index look-ups at any size of the tables (test/integration/query-plans.test.ts). But
 * PostgreSQL plans a named statement once. If the tables are still empty then, a sequential scan seems cheaper, and the
 * plan would be kept while the tables grow. So sequential scans are switched off. The plan is kept deliberately,
 * because planning a statement again for each execution costs more than the execution.
 *
 * @param statementTimeoutMs how long one statement may run, in milliseconds; 0 for no limit.
 */
export function servingSettings({ schema }: PostgresUrl, statementTimeoutMs = 0): SessionSettings {
  return {
    ...searchPath(schema),
    statement_timeout: String(statementTimeoutMs),
    // If a node is paused in the middle of a transaction, the server ends the transaction and unlocks its rows.
    idle_in_transaction_session_timeout: String(statementTimeoutMs),
    lock_timeout: String(LOCK_TIMEOUT_MS),
    plan_cache_mode: 'force_generic_plan',
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
  };
}

/** The settings of a connection for migrations. They have no time limit, even if the role has one. */
export function migrationSettings({ schema }: PostgresUrl): SessionSettings {
  return {
    ...searchPath(schema),
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    lock_timeout: '0',
  };
}

/** The search path: only the schema of the URL, or the role's own search path when the URL has no schema. */
export function searchPath(schema: string | null): SessionSettings {
  return schema === null ? {} : { search_path: quoteIdentifier(schema) };
}

/**
 * Applies settings to a new connection, in one round trip. They are not sent as options of the connection's start,
 * because poolers refuse or ignore such options.
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

/** The names of the settings that have another value on this connection. */
export async function unkeptSettings(client: ClientBase, settings: SessionSettings): Promise<string[]> {
  const names = Object.keys(settings);
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])`,
    [names],
  );
  const kept = new Map(rows.map(({ name, setting }) => [name, setting]));
  return names.filter((name) => kept.get(name) !== settings[name]);
}
