import { randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import { type PostgresClient } from './postgres-client';

/**
 * How a client's connection reaches the server:
 *
 * - `none`: without a pooler;
 * - `session`: through a pooler that gives the client one session of the server until the client disconnects;
 * - `transaction`: through a pooler that may give the client another session for each transaction or statement.
 */
export type Pooling = 'none' | 'session' | 'transaction';

/** A round can miss transaction pooling if other clients use the pooler at the same time, so there are several. */
const ROUNDS = 4;

interface Seen {
  /** The id of the server's process that answered. */
  process: number;
  /** Whether the session of that process has our mark. */
  marked: boolean;
}

/**
 * Detects whether session settings and named statements stay with a client.
 *
 * A pooler invents the process ids that it gives to clients. So a client that received the id of the server's process
 * is not connected through a pooler.
 *
 * Behind a pooler, the client sets a mark, which is a setting that nothing uses. Then the client and a second client
 * read the process id and the mark several times, the second client in a transaction. With session pooling the first
 * client always reads its own process id and mark, and the second client never reads them.
 *
 * @param client a new connection without session settings.
 * @param another opens a second connection.
 */
export async function detectPooling(
  client: PostgresClient,
  another: () => Promise<PostgresClient>,
): Promise<Pooling> {
  const mark = randomUUID();
  const own = await readSession(client, mark, `set_config('injeung.session', $1, false)`);
  if (own.process === client.processID) return 'none';
  const second = await another();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      if (await isShared(client, second, own.process, mark)) return 'transaction';
    }
    return 'session';
  } catch (error) {
    if (refusesTransactions(error)) return 'transaction';
    throw error;
  } finally {
    await second.end().catch(() => undefined);
  }
}

async function isShared(
  client: PostgresClient,
  second: PostgresClient,
  process: number,
  mark: string,
): Promise<boolean> {
  const isOurs = (seen: Seen) => seen.process === process && seen.marked;
  const isTaken = (seen: Seen) => seen.process === process || seen.marked;
  // The session is read twice, because a pooler that rotates sessions may give the client the same one again once.
  if (!isOurs(await readSession(client, mark)) || !isOurs(await readSession(client, mark))) return true;
  // First outside a transaction, because a pool with only one session cannot serve both clients during a transaction.
  if (isTaken(await readSession(second, mark))) return true;
  await second.query('BEGIN');
  const shared = isTaken(await readSession(second, mark)) || !isOurs(await readSession(client, mark));
  await second.query('ROLLBACK');
  return shared;
}

/** Whether this is PgBouncer's answer to a transaction with pool_mode=statement, after which it ends the connection. */
function refusesTransactions(error: unknown): boolean {
  return error instanceof DatabaseError && error.message.includes('statement pooling');
}

async function readSession(
  client: PostgresClient,
  mark: string,
  setting = `current_setting('injeung.session', true)`,
): Promise<Seen> {
  const { rows } = await client.query<Seen>(
    `SELECT ${setting} IS NOT DISTINCT FROM $1::text AS marked, pg_backend_pid() AS process`,
    [mark],
  );
  return rows[0]!;
}
