import { type Dialect, variant } from '../contenders/contender.types';
import { injeung } from '../contenders/injeung';
import { type Contest } from '../load/driver';
import { type Round } from '../load/measurement';
import { interleave, ratio, summarize, withContests } from '../load/rounds';
import { middle, withSpread } from '../report/format';
import { storeRows } from '../seed/stored-rows';
import { type Section } from './section.types';

const CONNECTIONS = 64;
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

/** The cost of a flow when very many rows are stored already. */
export const rows: Section = {
  name: 'rows',
  run: async ({ standIn, lengths, say }) => {
    const counts = [...lengths.rows];
    const results: [Contest, Round[]][] = [];
    // One database after the other, because PostgreSQL writes to the disk long after ten million rows were
    // stored.
    for (const dialect of DIALECTS) {
      const contenders = counts.map((count) =>
        variant(injeung(dialect), `${count.toLocaleString('en-US')} rows,`, {
          seed: async (url) => {
            const startedAt = performance.now();
            await storeRows(url, count);
            say(`${dialect}: ${count} stored in ${Math.round((performance.now() - startedAt) / 1000)} s`);
          },
        }),
      );
      const measured = await withContests(contenders, { standIn }, async (contests) => {
        for (const contest of contests) await contest.closedRound(CONNECTIONS, lengths.warmUpSeconds);
        return interleave(contests, lengths.rounds, (contest) =>
          contest.closedRound(CONNECTIONS, lengths.seconds, lengths.runInSeconds),
        );
      });
      results.push(...measured);
    }
    return report(results, counts);
  },
};

function report(results: readonly [Contest, Round[]][], counts: readonly number[]) {
  const figures = results.map(([{ contender }, measured], i) => {
    const [, fewest] = results[i - (i % counts.length)]!;
    return {
      dialect: contender.dialect,
      rows: counts[i % counts.length]!,
      ...summarize(measured),
      ratioToFewest: ratio(measured, fewest),
    };
  });
  const series = DIALECTS.map((dialect) => ({
    name: dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL',
    values: figures.filter((one) => one.dialect === dialect).map((one) => one.cpuMsPerFlow!.median),
  }));
  return {
    title: 'With rows stored already',
    notes: [
      `Injeung at ${CONNECTIONS} connections, with so many finished verifications stored over the last 24 hours, each with a delivery and two rows of limits. The ratio is of flows/s to the fewest rows, pair by pair within a round.`,
    ],
    figures,
    table: {
      head: [
        'database',
        'verifications stored',
        'flows/s',
        'of the fewest',
        'CPU ms/flow',
        "PostgreSQL's CPU ms/flow",
        'request p50, p99 ms',
        'verify p50, p99 ms',
      ],
      rows: figures.map((one) => [
        one.dialect,
        one.rows.toLocaleString('en-US'),
        withSpread(one.flowsPerSecond),
        withSpread(one.ratioToFewest),
        withSpread(one.cpuMsPerFlow),
        middle(one.postgresCpuMsPerFlow),
        `${middle(one.requestP50Ms)}, ${middle(one.requestP99Ms)}`,
        `${middle(one.verifyP50Ms)}, ${middle(one.verifyP99Ms)}`,
      ]),
    },
    charts: [
      {
        file: 'rows',
        title: 'CPU time by verifications stored',
        kind: 'lines' as const,
        unit: 'ms per flow',
        labels: counts.map((count) => count.toLocaleString('en-US')),
        series,
      },
    ],
  };
}
