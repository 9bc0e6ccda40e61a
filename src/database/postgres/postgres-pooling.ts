import { randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import { type PostgresClient } from './postgres-client';

/**
 * What a client's connection is to the server: one of its own (`none`), one that a pooler lends it until it leaves
 * (`session`), or another one for each transaction or statement (`transaction`).
 */
export type Pooling = 'none' | 'session' | 'transaction';

/** Each round finds a pooler that lends connections by the transaction, unless other clients take them in between. */
const ROUNDS = 4;

interface Seen {
  /** The process of the server that answered. */
  process: number;
  /** Whether that process has our mark. */
  marked: boolean;
}

/**
 * Finds out whether session settings and named statements stay with a client.
 *
 * A pooler gives its clients process numbers of its own, so a client that gets the server's has no pooler before it.
 * Behind a pooler the client sets a mark, which is a setting that nothing reads, and compares what it sees with what a
 * second client sees in a transaction: with session pooling the first always meets its own process and mark, and the
 * second never does.
 *
 * @param client a new connection on which nothing has been set.
 * @param another opens a second one.
 */
export async function detectPooling(
  client: PostgresClient,
  another: () => Promise<PostgresClient>,
): Promise<Pooling> {
  const mark = randomUUID();
  const own = await look(client, mark, `set_config('injeung.session', $1, false)`);
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
  // Twice: a pooler that gives connections in turn may have just given the same one.
  if (!isOurs(await look(client, mark)) || !isOurs(await look(client, mark))) return true;
  // Outside a transaction first: the only connection of a pool could not serve both clients during one.
  if (isTaken(await look(second, mark))) return true;
  await second.query('BEGIN');
  const shared = isTaken(await look(second, mark)) || !isOurs(await look(client, mark));
  await second.query('ROLLBACK');
  return shared;
}

/** PgBouncer's answer with pool_mode=statement, after which it ends the connection. */
function refusesTransactions(error: unknown): boolean {
  return error instanceof DatabaseError && error.message.includes('statement pooling');
}

async function look(
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
