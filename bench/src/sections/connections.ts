import { betterAuth } from '../contenders/better-auth';
import { type Dialect } from '../contenders/contender.types';
import { floor } from '../contenders/floor';
import { injeung } from '../contenders/injeung';
import { interleave, type Summary, summarize, withContests } from '../load/rounds';
import { middle, withSpread } from '../report/format';
import { type Section } from './section.types';

const LEVELS = [1, 8, 64, 512];
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

type Figures = { contender: string; connections: number } & Summary;

/** The same work at one connection and at very many. */
export const connections: Section = {
  name: 'connections',
  run: async ({ standIn, lengths, say }) => {
    const contenders = DIALECTS.flatMap((dialect) => [injeung(dialect), floor(dialect), betterAuth(dialect)]);
    const rounds = Math.max(1, Math.round(lengths.rounds / 2));
    const figures = await withContests(contenders, { standIn }, async (contests) => {
      const all: Figures[] = [];
      for (const level of LEVELS) {
        for (const contest of contests) await contest.closedRound(level, lengths.warmUpSeconds / 3);
        const results = await interleave(contests, rounds, (contest) =>
          contest.closedRound(level, lengths.seconds / 2, lengths.runInSeconds),
        );
        for (const [{ key }, measured] of results) {
          all.push({ contender: key, connections: level, ...summarize(measured) });
        }
        say(`${level} connections: done`);
      }
      return all;
    });
    return {
      title: 'From 1 to 512 connections',
      notes: ['Median of the rounds, with the least and the greatest.'],
      figures,
      table: {
        head: [
          'contender',
          'connections',
          'flows/s',
          'CPU ms/flow',
          'request p50, p99 ms',
          'verify p50, p99 ms',
          'memory MB',
        ],
        rows: contenders.flatMap((_, i) =>
          LEVELS.map((_level, l) => row(figures[l * contenders.length + i]!)),
        ),
      },
      charts: [
        chart(
          figures,
          'connections',
          'Flows per second by connections',
          'flows/s',
          (one) => one.flowsPerSecond!.median,
        ),
        chart(
          figures,
          'connections-cpu',
          'CPU time by connections',
          'ms per flow',
          (one) => one.cpuMsPerFlow!.median,
        ),
      ],
    };
  },
};

function row(one: Figures): string[] {
  return [
    one.contender,
    String(one.connections),
    withSpread(one.flowsPerSecond),
    withSpread(one.cpuMsPerFlow),
    `${middle(one.requestP50Ms)}, ${middle(one.requestP99Ms)}`,
    `${middle(one.verifyP50Ms)}, ${middle(one.verifyP99Ms)}`,
    middle(one.memoryMb),
  ];
}

function chart(
  figures: Figures[],
  file: string,
  title: string,
  unit: string,
  value: (one: Figures) => number,
) {
  const names = [...new Set(figures.map(({ contender }) => contender))];
  const series = names.map((name) => ({
    name,
    values: figures.filter(({ contender }) => contender === name).map(value),
  }));
  return { file, title, unit, kind: 'lines' as const, labels: LEVELS.map(String), series };
}
