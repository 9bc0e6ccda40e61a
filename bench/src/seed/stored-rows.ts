import { randomFillSync } from 'node:crypto';
import { SCHEMA } from '../../../src/app/schema';
import { openDatabase } from '../../../src/database/open-database';
import { SqliteConnection } from '../../../src/database/sqlite/sqlite-driver';
import { onPostgres, sqliteFile } from '../contenders/databases';
import { fillPostgres } from './stored-rows-postgres';

const DAY_MS = 86_400_000;
const LIFE_MS = 1_800_000;
/**
 * In ascending order of their bytes, unlike base64url, so that rows created in order are also stored in
 * order.
 */
const DIGITS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const KEY_LENGTH = 22;
const BATCH = 100_000;

/**
 * Stores finished verifications as if they had been requested one after the other during the last day, each
 * with its delivery and with the limits of its recipient and address. They are too young for retention to
 * delete.
 */
export async function storeRows(url: string, count: number): Promise<void> {
  await (await openDatabase(url, SCHEMA)).close(); // Creates the tables.
  if (url.startsWith('sqlite:')) return fillSqlite(sqliteFile(url), count);
  await onPostgres(url, (client) => fillPostgres(client, count));
}

function fillSqlite(path: string, count: number): void {
  const file = new SqliteConnection(path);
  file.pragma('synchronous = OFF');
  file.pragma('cache_size = -200000');
  const verification = file.prepare(
    `INSERT INTO verification (id, channel, purpose, locale, recipient_sealed, recipient_key, status, attempts_remaining,
       created_at, expires_at, settled_at) VALUES (?, 'EMAIL', 'stored', 'ko', ?, ?, 'VERIFIED', 4, ?, ?, ?)`,
  );
  const delivery = file.prepare(
    `INSERT INTO delivery (id, verification_id, channel, status, provider, provider_message_id, attempts, rounds,
       ruled_out, receipt_checks, created_at, expires_at, sent_at, updated_at)
     VALUES (?, ?, 'EMAIL', 'SENT', 'ses', ?, 1, 0, '', 0, ?, ?, ?, ?)`,
  );
  const budget = file.prepare(
    `INSERT INTO budget (key, sent, guesses, window_start, this_window, last_window, updated_at)
     VALUES (?, ?, '', ?, ?, 0, ?)`,
  );
  const store = file.transaction((from: number, to: number) => {
    const now = Date.now();
    for (let i = from; i < to; i++) {
      const at = BigInt(Math.floor(now - DAY_MS + (DAY_MS - LIFE_MS) * (i / count)));
      const end = at + BigInt(LIFE_MS);
      const id = newId(Number(at));
      const key = keyAt(2 * i, 2 * count);
      verification.run(id, `1.${id}${id}`, key, at, end, at);
      delivery.run(newId(Number(at)), id, id, at, end, at, at);
      budget.run(key, String(at), 0n, 0n, at);
      budget.run(keyAt(2 * i + 1, 2 * count), '', at - (at % 3_600_000n), 1n, at);
    }
  });
  for (let from = 0; from < count; from += BATCH) store(from, Math.min(from + BATCH, count));
  file.exec('ANALYZE');
  file.pragma('wal_checkpoint(TRUNCATE)');
  file.close();
}

const bytes = Buffer.alloc(18);

/** Has the form of the service's ids: time first, the rest random. */
function newId(at: number): string {
  randomFillSync(bytes);
  bytes.writeUIntBE(at, 0, 6);
  bytes[6] = 1;
  bytes[7] = 6;
  return bytes.toString('base64url');
}

/** The i-th of `count` keys that are spread evenly over all possible keys, as hashes are. */
function keyAt(i: number, count: number): string {
  let rest = (i + 0.5) / count;
  let key = '';
  while (key.length < KEY_LENGTH) {
    const digit = Math.floor(rest * 64);
    rest = rest * 64 - digit;
    key += DIGITS[digit];
  }
  return key;
}
