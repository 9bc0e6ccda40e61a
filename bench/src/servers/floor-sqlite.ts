import { SqliteConnection } from '../../../src/database/sqlite/sqlite-driver';
import { sqliteFile } from '../contenders/databases';
import { FLOOR_TABLES, type FloorStore, INSERT_DELIVERY, INSERT_VERIFICATION, VERIFY } from './floor.types';

/** @param synchronous `FULL` survives a power cut, as Injeung does; `NORMAL` does not. */
export function openSqliteFloor(url: string, synchronous: 'FULL' | 'NORMAL'): FloorStore {
  const file = new SqliteConnection(sqliteFile(url));
  file.pragma('journal_mode = WAL');
  file.pragma(`synchronous = ${synchronous}`);
  for (const table of FLOOR_TABLES) file.exec(table);
  const insertVerification = file.prepare(positional(INSERT_VERIFICATION));
  const insertDelivery = file.prepare(positional(INSERT_DELIVERY));
  const verify = file.prepare(positional(VERIFY));
  const insert = file.transaction((id: string, email: string, code: string, expiresAt: number) => {
    insertVerification.run(id, email, code, expiresAt);
    insertDelivery.run(id, id, Date.now());
  });
  return {
    insert: ({ id, email, code, expiresAt }) => insert.immediate(id, email, code, expiresAt),
    verify: (id, code, now) => verify.run(now, id, code, now).changes === 1,
    close: () => void file.close(),
  };
}

/** better-sqlite3 binds parameters by position only to `?`. */
const positional = (sql: string) => sql.replaceAll(/\$\d/g, '?');
