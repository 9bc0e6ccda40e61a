import { type Dialect, variant } from '../contenders/contender.types';
import { injeung } from '../contenders/injeung';
import { type Contest } from '../load/driver';
import { type Round } from '../load/measurement';
import { interleave, summarize, withContests } from '../load/rounds';
import { spread } from '../load/statistics';
import { withSpread } from '../report/format';
import { type Section } from './section.types';

const LATENCIES_MS = [0, 200, 5_000];
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];
const FLOWS_PER_SECOND = 50;
/** More than the pace and the latency keep in progress, so that the request is measured and not a queue. */
const SEND_CONCURRENCY = '1000';

/** A slow provider must not slow down the request for a code. */
export const provider: Section = {
  name: 'provider',
  run: async ({ standIn, lengths, say }) => {
    const contenders = DIALECTS.map((dialect) =>
      variant(injeung(dialect), 'injeung', { env: { SEND_CONCURRENCY } }),
    );
    const results = await withContests(contenders, { standIn }, async (contests) => {
      for (const contest of contests) await contest.pacedRound(FLOWS_PER_SECOND, lengths.warmUpSeconds);
      const cases = contests.flatMap((contest) => LATENCIES_MS.map((latencyMs) => ({ contest, latencyMs })));
      return interleave(cases, Math.max(1, lengths.rounds - 1), async ({ contest, latencyMs }) => {
        standIn.latencyMs = latencyMs;
        const runInSeconds = lengths.runInSeconds + latencyMs / 1000;
        const round = await contest.pacedRound(FLOWS_PER_SECOND, lengths.seconds, { runInSeconds });
        standIn.latencyMs = 0;
        say(`${contest.key}, ${latencyMs} ms: request p50 ${round.requestP50Ms.toFixed(2)} ms`);
        return round;
      });
    });
    return report([...results]);
  },
};

function report(results: readonly [{ contest: Contest; latencyMs: number }, Round[]][]) {
  const figures = results.map(([{ contest, latencyMs }, rounds], i) => {
    const [, instant] = results[i - (i % LATENCIES_MS.length)]!;
    return {
      contender: contest.key,
      latencyMs,
      ...summarize(rounds),
      requestP50RatioToInstant: spread(
        rounds.map(({ requestP50Ms }, round) => requestP50Ms / instant[round]!.requestP50Ms),
      ),
    };
  });
  const keys = [...new Set(figures.map(({ contender }) => contender))];
  return {
    title: 'With a slow provider',
    notes: [
      `${FLOWS_PER_SECOND} flows a second, with \`SEND_CONCURRENCY=${SEND_CONCURRENCY}\`: at 5 seconds some 250 messages are under way. What is measured begins when as many connections are open as the latency takes. The ratio is of the median request to that with an instant provider, pair by pair within a round.`,
    ],
    figures,
    table: {
      head: [
        'contender',
        'provider takes ms',
        'request p50 ms',
        'of instant',
        'request p99 ms',
        'to the provider p50 ms',
        'p99 ms',
        'CPU ms/flow',
      ],
      rows: figures.map((one) => [
        one.contender,
        String(one.latencyMs),
        withSpread(one.requestP50Ms),
        withSpread(one.requestP50RatioToInstant),
        withSpread(one.requestP99Ms),
        withSpread(one.arrivalP50Ms),
        withSpread(one.arrivalP99Ms),
        withSpread(one.cpuMsPerFlow),
      ]),
    },
    charts: [
      {
        file: 'provider',
        title: 'Time to the answer of a request, by the provider’s latency',
        kind: 'bars' as const,
        unit: 'ms, median',
        labels: LATENCIES_MS.map((ms) => `${ms} ms`),
        series: keys.map((key) => ({
          name: key,
          values: figures.filter(({ contender }) => contender === key).map((one) => one.requestP50Ms!.median),
        })),
      },
    ],
  };
}
