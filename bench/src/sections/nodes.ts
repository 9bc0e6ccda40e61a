import { variant } from '../contenders/contender.types';
import { injeung } from '../contenders/injeung';
import { interleave, ratio, summarize, withContests } from '../load/rounds';
import { spread } from '../load/statistics';
import { CpuQuota } from '../processes/cpu-quota';
import { middle, withSpread } from '../report/format';
import { type Section, type SectionReport } from './section.types';

const CONNECTIONS = 64;
/** Share of one core for each node. Two nodes leave at least the other half to PostgreSQL and the driver. */
const SHARE = 0.3;
/** A node that used more than this of its quota was not limited by it. */
const TOLERANCE = 1.1;

/** Two nodes against one on PostgreSQL, each limited to the same share of a core. */
export const nodes: Section = {
  name: 'nodes',
  run: async ({ standIn, lengths, say }) => {
    const quota = CpuQuota.of(SHARE);
    if (!quota)
      return open('This machine lets us hold no process to a CPU quota (no cgroups, or no right to them).');
    const contenders = [1, 2].map((count) =>
      variant(injeung('postgres', count), 'injeung', { unpinned: true }),
    );
    try {
      const results = await withContests(contenders, { standIn }, async (contests) => {
        // They are warmed up before they are limited, because the compiler would take minutes with their
        // share of a core.
        for (const contest of contests) await contest.closedRound(CONNECTIONS, lengths.warmUpSeconds);
        for (const { running } of contests) for (const { pid } of running.processes) quota.hold(pid);
        return interleave(contests, lengths.rounds, async (contest) => {
          const round = await contest.closedRound(CONNECTIONS, lengths.seconds, lengths.runInSeconds);
          say(`${contest.key}: ${Math.round(round.flowsPerSecond)} flows/s`);
          return round;
        });
      });
      const one = [...results.values()][0]!;
      const figures = [...results].map(([{ key, contender }, rounds]) => ({
        contender: key,
        nodes: contender.nodes,
        ...summarize(rounds),
        ratioToOne: ratio(rounds, one),
        /** Share of a core used by all nodes together. */
        coresUsed: spread(rounds.map((round) => (round.flowsPerSecond * round.cpuMsPerFlow) / 1000)),
      }));
      const beyond = figures.find((two) => two.coresUsed.max > SHARE * two.nodes * TOLERANCE);
      if (beyond)
        return open(`The quota did not hold: ${beyond.contender} used ${beyond.coresUsed.max} of a core.`);
      return report(figures);
    } finally {
      await quota.release();
    }
  },
};

const TITLE = 'Two nodes against one';

function open(why: string): SectionReport {
  return {
    title: TITLE,
    notes: [`Open. ${why}`],
    figures: { open: why },
    table: { head: ['result'], rows: [['open']] },
    charts: [],
  };
}

function report(
  figures: readonly ({
    contender: string;
    ratioToOne: ReturnType<typeof spread>;
    coresUsed: ReturnType<typeof spread>;
  } & ReturnType<typeof summarize>)[],
): SectionReport {
  return {
    title: TITLE,
    notes: [
      `On one PostgreSQL database, each node held to ${SHARE} of a core by the kernel (cgroup quota, periods of 10 ms) and not pinned; ${CONNECTIONS} connections in all. The ratio is taken pair by pair within a round.`,
    ],
    figures,
    table: {
      head: ['contender', 'flows/s', 'of one node', 'cores used', 'CPU ms/flow', "PostgreSQL's CPU ms/flow"],
      rows: figures.map((one) => [
        one.contender,
        withSpread(one.flowsPerSecond),
        withSpread(one.ratioToOne),
        withSpread(one.coresUsed),
        withSpread(one.cpuMsPerFlow),
        middle(one.postgresCpuMsPerFlow),
      ]),
    },
    charts: [],
  };
}
