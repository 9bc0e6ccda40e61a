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
    // PgBouncer's pool_mode=statement refuses transactions, and ends the connection.
    if (error instanceof DatabaseError && /transaction blocks/.test(error.message)) return 'transaction';
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
  const before = [await look(client, mark), await look(client, mark)];
  await second.query('BEGIN');
  const other = await look(second, mark);
  const during = await look(client, mark);
  await second.query('ROLLBACK');
  const moved = [...before, during].some((seen) => seen.process !== process || !seen.marked);
  return moved || other.process === process || other.marked;
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
