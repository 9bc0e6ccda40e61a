import { betterAuth } from '../contenders/better-auth';
import { type Dialect } from '../contenders/contender.types';
import { floor } from '../contenders/floor';
import { injeung } from '../contenders/injeung';
import { type Contest } from '../load/driver';
import { type Round } from '../load/measurement';
import { interleave, ratio, summarize, withContests } from '../load/rounds';
import { middle, withSpread } from '../report/format';
import { type Section } from './section.types';

const CONNECTIONS = 64;
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

/** All contenders at 64 connections. The ratios come from this section. */
export const compare: Section = {
  name: 'compare',
  run: async ({ standIn, lengths, profileDir, say }) => {
    const contenders = [
      ...DIALECTS.flatMap((dialect) => [injeung(dialect), floor(dialect), betterAuth(dialect)]),
      injeung('postgres', 2),
      floor('sqlite', 'NORMAL'),
    ];
    const rounds = await withContests(contenders, { standIn, profileDir }, async (contests) => {
      for (const contest of contests) await contest.closedRound(CONNECTIONS, lengths.warmUpSeconds);
      return interleave(contests, lengths.rounds, async (contest) => {
        const round = await contest.closedRound(CONNECTIONS, lengths.seconds, lengths.runInSeconds);
        say(`${contest.key}: ${Math.round(round.flowsPerSecond)} flows/s`);
        return round;
      });
    });
    return report(rounds);
  },
};

function report(results: Map<Contest, Round[]>) {
  const byKey = new Map([...results].map(([{ key }, rounds]) => [key, rounds]));
  const figures = [...results].map(([{ key, contender }, rounds]) => ({
    contender: key,
    ...summarize(rounds),
    ratioToFloor: ratio(rounds, byKey.get(`floor ${contender.dialect}`)!),
    /** Null on PostgreSQL, which has no such floor. */
    ratioToNormalFloor:
      contender.dialect === 'sqlite' ? ratio(rounds, byKey.get('floor, NORMAL sqlite')!) : null,
    ratioToPeer: ratio(rounds, byKey.get(`better-auth ${contender.dialect}`)!),
  }));
  return {
    title: `Everybody at ${CONNECTIONS} connections`,
    notes: [
      'Median of the rounds, with the least and the greatest. Ratios are of flows/s, taken pair by pair within a round, on the same database.',
      '`x2` are two nodes on one database, both on the one core that every server has. `floor, NORMAL` may lose its last commits in a power cut; all else on SQLite runs at `synchronous=FULL`.',
    ],
    figures,
    table: {
      head: [
        'contender',
        'flows/s',
        'of the floor',
        'of the floor at NORMAL',
        'times better-auth',
        'CPU ms/flow',
        "PostgreSQL's CPU ms/flow",
        'request p50, p99 ms',
        'verify p50, p99 ms',
        'to the provider p50, p99 ms',
        'memory MB',
      ],
      rows: figures.map((one) => [
        one.contender,
        withSpread(one.flowsPerSecond),
        withSpread(one.ratioToFloor),
        withSpread(one.ratioToNormalFloor),
        withSpread(one.ratioToPeer),
        withSpread(one.cpuMsPerFlow),
        middle(one.postgresCpuMsPerFlow),
        `${middle(one.requestP50Ms)}, ${middle(one.requestP99Ms)}`,
        `${middle(one.verifyP50Ms)}, ${middle(one.verifyP99Ms)}`,
        `${middle(one.arrivalP50Ms)}, ${middle(one.arrivalP99Ms)}`,
        middle(one.memoryMb),
      ]),
    },
    charts: [
      chart(
        'compare',
        'Flows per second',
        'flows/s, median of the rounds',
        (one) => one.flowsPerSecond!.median,
      ),
      chart('cpu', "CPU time of the server's process", 'ms per flow', (one) => one.cpuMsPerFlow!.median),
    ],
  };

  function chart(
    file: string,
    title: string,
    unit: string,
    value: (one: (typeof figures)[number]) => number,
  ) {
    const names = ['injeung', 'floor', 'better-auth'];
    const series = names.map((name) => ({
      name,
      values: DIALECTS.map((dialect) =>
        value(figures.find((one) => one.contender === `${name} ${dialect}`)!),
      ),
    }));
    return { file, title, unit, kind: 'bars' as const, labels: ['SQLite', 'PostgreSQL'], series };
  }
}
