import { type Dialect } from '../contenders/contender.types';
import { injeung } from '../contenders/injeung';
import { interleave, summarize, withContests } from '../load/rounds';
import { withSpread } from '../report/format';
import { type Section } from './section.types';

const CONNECTIONS = 64;
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

/** How soon a message reaches the provider when the server has half of its maximum load. */
export const halfLoad: Section = {
  name: 'half-load',
  run: async ({ standIn, lengths, say }) => {
    const contenders = DIALECTS.map((dialect) => injeung(dialect));
    const figures = await withContests(contenders, { standIn }, async (contests) => {
      const most = new Map<string, number>();
      for (const contest of contests) {
        await contest.closedRound(CONNECTIONS, lengths.warmUpSeconds);
        const { flowsPerSecond } = await contest.closedRound(CONNECTIONS, lengths.seconds);
        most.set(contest.key, flowsPerSecond);
        say(`${contest.key}: ${Math.round(flowsPerSecond)} flows/s at most`);
      }
      const results = await interleave(contests, lengths.rounds, async (contest) => {
        const flowsPerSecond = most.get(contest.key)! / 2;
        const { runInSeconds } = lengths;
        return contest.pacedRound(flowsPerSecond, lengths.seconds, { runInSeconds });
      });
      return [...results].map(([{ key }, rounds]) => ({
        contender: key,
        mostFlowsPerSecond: most.get(key)!,
        ...summarize(rounds),
      }));
    });
    return {
      title: 'At half load',
      notes: [
        'Flows start at a steady pace, half of what was reached with 64 connections just before. The time to the provider is measured from the request for the code, so it includes the whole request; from the commit it is shorter.',
      ],
      figures,
      table: {
        head: [
          'contender',
          'flows/s',
          'to the provider p50 ms',
          'p99 ms',
          'request p50 ms',
          'p99 ms',
          'verify p50 ms',
          'p99 ms',
        ],
        rows: figures.map((one) => [
          one.contender,
          withSpread(one.flowsPerSecond),
          withSpread(one.arrivalP50Ms),
          withSpread(one.arrivalP99Ms),
          withSpread(one.requestP50Ms),
          withSpread(one.requestP99Ms),
          withSpread(one.verifyP50Ms),
          withSpread(one.verifyP99Ms),
        ]),
      },
      charts: [],
    };
  },
};
