import { join } from 'node:path';
import { ServerProcess } from '../processes/server-process';
import { type Contender, type Dialect, type Protocol } from './contender.types';
import { createDatabase, queryOnce } from './databases';
import { end } from './ending';

const protocol: Protocol = {
  request: ({ email }) => ({ path: '/request', body: JSON.stringify({ email }) }),
  requested: ({ status, body }) => {
    if (status !== 200) throw new Error(`a request was refused: ${status} ${body.slice(0, 300)}`);
    return (JSON.parse(body) as { id: string }).id;
  },
  verify: (_user, id, code) => ({ path: '/verify', body: JSON.stringify({ id, code }) }),
  verified: ({ status, body }) => status === 200 && (JSON.parse(body) as { verified: boolean }).verified,
};

/** @param synchronous for SQLite: `NORMAL` is the floor that does not survive a power cut. */
export function floor(dialect: Dialect, synchronous: 'FULL' | 'NORMAL' = 'FULL'): Contender {
  const name = synchronous === 'FULL' ? 'floor' : 'floor, NORMAL';
  return {
    name,
    dialect,
    nodes: 1,
    start: async ({ standIn, unpinned }) => {
      const database = await createDatabase(dialect);
      const server = await ServerProcess.start({
        script: join(__dirname, '../servers/floor-server.js'),
        env: {
          NODE_ENV: 'production',
          DATABASE_URL: database.url,
          PROVIDER_URL: standIn.url,
          SYNCHRONOUS: synchronous,
        },
        unpinned,
      });
      return {
        protocol,
        processes: [server],
        ledger: async () => {
          const sql = `SELECT count(verified_at) AS verified, count(*) AS asked FROM verification`;
          const [row] = await queryOnce(database.url, sql);
          const verified = Number(row!.verified);
          return { verified, unsettled: Number(row!.asked) - verified };
        },
        stop: () => end([server], database),
      };
    },
  };
}
