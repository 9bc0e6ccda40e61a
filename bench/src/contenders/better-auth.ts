import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ServerProcess } from '../processes/server-process';
import { type Contender, type Dialect, type Protocol } from './contender.types';
import { createDatabase, onPostgres, queryOnce, sqliteFile } from './databases';
import { end } from './ending';
import { SqliteConnection } from '../../../src/database/sqlite/sqlite-driver';

const SCRIPT = join(__dirname, '../servers/peer-server.js');
/** It sends codes only to users that it knows. This is more than the flows of any run. */
const USERS = 30_000;

/** `send-verification-otp` and `verify-email`, which marks the user's address as verified. */
const protocol: Protocol = {
  request: ({ email }) => ({
    path: '/api/auth/email-otp/send-verification-otp',
    body: JSON.stringify({ email, type: 'email-verification' }),
  }),
  requested: ({ status, body }) => {
    if (status !== 200) throw new Error(`a request was refused: ${status} ${body.slice(0, 300)}`);
    return '';
  },
  verify: ({ email }, _id, otp) => ({
    path: '/api/auth/email-otp/verify-email',
    body: JSON.stringify({ email, otp }),
  }),
  verified: ({ status, body }) => {
    if (status !== 200) return false;
    const answer = JSON.parse(body) as { status: boolean; user?: { emailVerified: boolean } };
    return answer.status && answer.user?.emailVerified === true;
  },
};

export function betterAuth(dialect: Dialect): Contender {
  return {
    name: 'better-auth',
    dialect,
    nodes: 1,
    start: async ({ standIn, email, unpinned }) => {
      const database = await createDatabase(dialect);
      const env = { NODE_ENV: 'production', DATABASE_URL: database.url, PROVIDER_URL: standIn.url };
      migrate(env);
      await addUsers(database.url, email);
      const server = await ServerProcess.start({ script: SCRIPT, env, unpinned });
      return {
        protocol,
        processes: [server],
        ledger: async () => {
          const isTrue = dialect === 'sqlite' ? '1' : 'true';
          const [row] = await queryOnce(
            database.url,
            `SELECT (SELECT count(*) FROM "user" WHERE "emailVerified" = ${isTrue}) AS verified,
                    (SELECT count(*) FROM verification) AS unsettled`,
          );
          return { verified: Number(row!.verified), unsettled: Number(row!.unsettled) };
        },
        stop: () => end([server], database),
      };
    },
  };
}

function migrate(env: Record<string, string>): void {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, 'migrate'], {
    env: { PATH: process.env.PATH, ...env, PORT: '1' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`better-auth could not make its tables: ${stderr}`);
}

async function addUsers(url: string, email: (n: number) => string): Promise<void> {
  // Only the name differs, so the database can generate the users itself.
  const [before, after] = email(0).split('-0@') as [string, string];
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${USERS - 1})`;
  const insert = (no: string, now: string) =>
    `INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt")
     ${numbers} SELECT '${before}-' || i, 'Person', '${before}-' || i || '@${after}', ${no}, ${now}, ${now} FROM n`;
  if (!url.startsWith('sqlite:')) {
    return onPostgres(url, async (client) => {
      await client.query(insert('false', 'now()'));
      await client.query('ANALYZE "user"');
    });
  }
  const file = new SqliteConnection(sqliteFile(url));
  file.exec(insert('0', `'${new Date().toISOString()}'`));
  file.exec('ANALYZE');
  file.close();
}
