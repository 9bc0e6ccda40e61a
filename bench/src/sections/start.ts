import { setTimeout as pause } from 'node:timers/promises';
import { betterAuth } from '../contenders/better-auth';
import { type Contender, type Dialect, keyOf } from '../contenders/contender.types';
import { floor } from '../contenders/floor';
import { injeung } from '../contenders/injeung';
import { HttpConnection } from '../load/http-connection';
import { type StandIn } from '../load/stand-in';
import { spread } from '../load/statistics';
import { withSpread } from '../report/format';
import { type Section } from './section.types';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];
/** By then what the start left behind has been collected, in milliseconds. */
const REST_MS = 1_000;

/** From the start of the process to its first answer, and what it needs while nobody asks. */
export const start: Section = {
  name: 'start',
  run: async ({ standIn, lengths, say }) => {
    const contenders = DIALECTS.flatMap((dialect) => [injeung(dialect), floor(dialect), betterAuth(dialect)]);
    const seen = new Map<Contender, { startMs: number; memoryMb: number }[]>(
      contenders.map((one) => [one, []]),
    );
    for (let round = 0; round < lengths.starts; round++) {
      for (const contender of contenders) seen.get(contender)!.push(await startOnce(contender, standIn));
      say(`start ${round + 1} of ${lengths.starts}`);
    }
    const figures = [...seen].map(([contender, starts]) => ({
      contender: keyOf(contender),
      startMs: spread(starts.map(({ startMs }) => startMs)),
      memoryMb: spread(starts.map(({ memoryMb }) => memoryMb)),
    }));
    return {
      title: 'Start and rest',
      notes: [
        'On a new database: from the start of the process to the answer to its first request for a code. Injeung makes its tables and keys in that time, better-auth has its tables already. Memory is what is resident a second later.',
      ],
      figures,
      table: {
        head: ['contender', 'to the first answer ms', 'memory at rest MB'],
        rows: figures.map((one) => [one.contender, withSpread(one.startMs), withSpread(one.memoryMb)]),
      },
      charts: [],
    };
  },
};

let asked = 0;

async function startOnce(
  contender: Contender,
  standIn: StandIn,
): Promise<{ startMs: number; memoryMb: number }> {
  const series = ++asked;
  const email = (n: number) => `first-${series}-${n}@example.com`;
  const running = await contender.start({ standIn, email });
  try {
    const [server] = running.processes;
    const connection = new HttpConnection(server!.port);
    const user = { email: email(0), address: '10.0.0.1' };
    const message = standIn.expect(user.email);
    const askedAt = performance.now();
    running.protocol.requested(await connection.post(running.protocol.request(user)));
    const startMs = server!.startMs + performance.now() - askedAt;
    await message;
    connection.close();
    await pause(REST_MS);
    return { startMs, memoryMb: server!.memoryMb() };
  } finally {
    await running.stop();
  }
}
