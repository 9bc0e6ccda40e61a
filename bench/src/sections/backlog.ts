import { setTimeout as pause } from 'node:timers/promises';
import { type Contender, type Dialect, variant } from '../contenders/contender.types';
import { injeung } from '../contenders/injeung';
import { Contest } from '../load/driver';
import { type Round } from '../load/measurement';
import { type StandIn } from '../load/stand-in';
import { figure } from '../report/format';
import { queueBacklog } from '../seed/backlog';
import { type Section } from './section.types';

const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];
/** Rate of new requests while the backlog is sent. */
const LIVE_FLOWS_PER_SECOND = 20;
/** How long the backlog may take. After this it would never be sent, in seconds. */
const LONGEST_SECONDS = 600;
const MOMENT_MS = 500;

/** Waiting messages are sent while new requests arrive. */
export const backlog: Section = {
  name: 'backlog',
  run: async ({ standIn, lengths, say }) => {
    const figures = [];
    for (const dialect of DIALECTS) {
      const one = await drain(injeung(dialect), standIn, lengths.backlog, lengths.seconds);
      say(`injeung ${dialect}: ${lengths.backlog} messages in ${one.drainSeconds.toFixed(1)} s`);
      figures.push({ contender: `injeung ${dialect}`, ...one });
    }
    return {
      title: `A backlog of ${lengths.backlog.toLocaleString('en-US')} messages`,
      notes: [
        `The queue is full when the server starts; ${LIVE_FLOWS_PER_SECOND} new flows a second come in while it drains, and as many afterwards, for comparison.`,
      ],
      figures,
      table: {
        head: [
          'contender',
          'messages/s',
          'drained in s',
          'request p50, p99 ms while draining',
          'afterwards',
          'to the provider p50 ms while draining',
          'afterwards',
        ],
        rows: figures.map(({ contender, messagesPerSecond, drainSeconds, draining, afterwards }) => [
          contender,
          figure(messagesPerSecond),
          figure(drainSeconds),
          `${figure(draining.requestP50Ms)}, ${figure(draining.requestP99Ms)}`,
          `${figure(afterwards.requestP50Ms)}, ${figure(afterwards.requestP99Ms)}`,
          figure(draining.arrivalP50Ms),
          figure(afterwards.arrivalP50Ms),
        ]),
      },
      charts: [],
    };
  },
};

interface Drained {
  messagesPerSecond: number;
  drainSeconds: number;
  draining: Round;
  afterwards: Round;
}

async function drain(
  contender: Contender,
  standIn: StandIn,
  count: number,
  seconds: number,
): Promise<Drained> {
  const email = (n: number) => `queued-${contender.dialect}-${n}@example.com`;
  const queued = new Set(Array.from({ length: count }, (_, n) => email(n)));
  let drainedAt = 0;
  standIn.onOther = (recipient) => {
    const known = queued.delete(recipient);
    if (known && queued.size === 0) drainedAt = performance.now();
    return known;
  };
  const full = variant(contender, 'injeung', { seed: (url) => queueBacklog(url, count, email) });
  // A complete flow would wait for the whole backlog, so it runs afterwards.
  const contest = await Contest.start(full, { standIn }, false);
  try {
    const startedAt = performance.now();
    const draining = await contest.pacedRound(LIVE_FLOWS_PER_SECOND, LONGEST_SECONDS, {
      until: () => drainedAt > 0,
    });
    if (drainedAt === 0)
      throw new Error(`${contest.key}: ${queued.size} messages of the backlog were not sent`);
    const drainSeconds = (drainedAt - startedAt) / 1000;
    await pause(MOMENT_MS);
    const afterwards = await contest.pacedRound(LIVE_FLOWS_PER_SECOND, seconds);
    await contest.checkLedger();
    return { messagesPerSecond: count / drainSeconds, drainSeconds, draining, afterwards };
  } finally {
    standIn.onOther = () => false;
    await contest.stop();
  }
}
