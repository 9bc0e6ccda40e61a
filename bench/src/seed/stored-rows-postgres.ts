import { type Client } from 'pg';

const TABLES = `'verification', 'delivery', 'budget'`;
const NOW = `(extract(epoch from now()) * 1000)::bigint`;
const LIFE_MS = 1_800_000;
const SPAN_MS = 86_400_000 - LIFE_MS;

/**
 * Six bytes of time, one of key number, one of length, and ten that look random: the form of the service's
 * ids.
 */
const id = (kind: string) =>
  `translate(encode(substring(int8send(t) from 3) || '\\x0106'::bytea || substring(decode(md5('${kind}' || i), 'hex') from 1 for 10), 'base64'), '+/', '-_')`;
const key = (kind: string) =>
  `substr(translate(encode(decode(md5('${kind}' || i), 'hex'), 'base64'), '+/', '-_'), 1, 22)`;

/**
 * Does the same as storeRows in the PostgreSQL server, which creates the rows faster than they could be sent.
 */
export async function fillPostgres(client: Client, count: number): Promise<void> {
  const rows = `(SELECT i, ${NOW} - ${SPAN_MS + LIFE_MS} + (${SPAN_MS}::numeric * i / ${count})::bigint AS t
                 FROM generate_series(1, ${count}) AS i) AS numbered`;
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE schemaname = current_schema() AND tablename IN (${TABLES}) AND indexname NOT LIKE '%_pkey'`,
  );
  // Creating an index is much faster than updating it, and the references of every row are known to exist.
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await client.query(`SET session_replication_role = replica`);
  await client.query(
    `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, status, attempts_remaining,
       created_at, expires_at, settled_at)
     SELECT ${id('v')}, 'EMAIL', 'stored', 'ko', '1.' || md5('a' || i) || md5('b' || i), ${key('p')}, 'VERIFIED', 4,
       t, t + ${LIFE_MS}, t FROM ${rows}`,
  );
  await client.query(
    `INSERT INTO delivery (id, verification_id, channel, status, provider, provider_message_id, attempts, rounds,
       ruled_out, receipt_checks, created_at, expires_at, sent_at, updated_at)
     SELECT ${id('d')}, ${id('v')}, 'EMAIL', 'SENT', 'ses', md5('m' || i), 1, 0, '', 0, t, t + ${LIFE_MS}, t, t FROM ${rows}`,
  );
  await client.query(
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     SELECT * FROM (SELECT ${key('p')} AS key, t::text, '', 0, 0, 0, t FROM ${rows}
       UNION ALL SELECT ${key('q')}, '', '', t - t % 3600000, 1, 0, t FROM ${rows}) AS budgets ORDER BY key`,
  );
  for (const { definition } of indexes) await client.query(definition);
  await client.query(`SET session_replication_role = DEFAULT`);
  for (const table of TABLES.replaceAll("'", '').split(', ')) await client.query(`VACUUM ANALYZE ${table}`);
  await client.query('CHECKPOINT');
}
