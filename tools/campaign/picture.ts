import { type CampaignResult } from './campaign';
import { type FaultKind, type Journal } from './journal';
import { drawChart } from '../chart/chart';
import { type Lane } from '../chart/chart.types';

const LONGEST_BINS = 300;

const LANES: { kind: FaultKind; label: string; color: string }[] = [
  { kind: 'kill', label: 'node killed', color: '#c0392b' },
  { kind: 'stop', label: 'node stopped', color: '#d9730d' },
  { kind: 'clock', label: 'clock moved', color: '#8e6bbf' },
  { kind: 'database-restart', label: 'database crash', color: '#a83a3a' },
  { kind: 'lock', label: 'locks held', color: '#a67c00' },
  { kind: 'outage', label: 'provider 503', color: '#2c6e9b' },
  { kind: 'slow', label: 'provider slow', color: '#5aa0c8' },
  { kind: 'lost-answers', label: 'answers lost', color: '#2f8f6b' },
  { kind: 'refused-connections', label: 'connections cut', color: '#7fa650' },
  { kind: 'smtp-stall', label: 'SMTP stalls', color: '#b0519c' },
];

/** Throughput and latency over time, with the faults marked. */
export function campaignPicture({ settings, nodes, journal }: CampaignResult): string {
  const seconds = Math.ceil((journal.drainedAt - journal.startedAt) / 1000);
  const binSeconds = Math.max(1, Math.ceil(seconds / LONGEST_BINS));
  const place = settings.database === 'postgres' ? `PostgreSQL, ${nodes} nodes` : 'SQLite, one node';
  const bins = new Bins(journal, seconds, binSeconds);
  const { calls } = journal;
  const ended = (end: string) => bins.rate(calls.filter((call) => call.end === end));
  const answered = calls.filter((call) => call.end === 'answered');
  const latency = (share: number) =>
    bins.quantile(
      answered.map(({ at, ms }) => [at, ms]),
      share,
    );
  const toProvider = (share: number) => bins.quantile(messageTimes(journal), share);
  return drawChart({
    title: `Injeung on ${place}: ${settings.usersPerSecond} new users a second`,
    subtitle: `${journal.faults.length} faults in ${Math.round((journal.loadEndedAt - journal.startedAt) / 1000)} s, seed ${settings.seed}; then the load ends and the queue drains`,
    axis: { seconds, binSeconds },
    lanes: lanes(journal),
    panels: [
      {
        title: 'API calls',
        format: (value) => `${value}/s`,
        height: 170,
        kind: 'lines',
        series: [
          { name: 'answered', color: '#3b82f6', values: ended('answered') },
          { name: 'refused with a code', color: '#d9a514', values: ended('refused') },
          { name: 'no answer', color: '#c0392b', values: ended('unreachable') },
        ],
      },
      {
        title: 'How long an answered call took',
        format: milliseconds,
        height: 150,
        logarithmic: true,
        kind: 'lines',
        series: [
          { name: 'median', color: '#3b82f6', values: latency(0.5) },
          { name: '95 %', color: '#8e6bbf', values: latency(0.95) },
        ],
      },
      {
        title: 'From the answer to the message at the provider',
        format: milliseconds,
        height: 150,
        logarithmic: true,
        kind: 'lines',
        series: [
          { name: 'median', color: '#2f8f6b', values: toProvider(0.5) },
          { name: '95 %', color: '#d9730d', values: toProvider(0.95) },
        ],
      },
    ],
  });
}

function milliseconds(value: number): string {
  return value >= 1_000 ? `${value / 1_000} s` : `${value} ms`;
}

function lanes({ faults, startedAt }: Journal): Lane[] {
  const all = LANES.map(({ kind, label, color }) => ({
    label,
    color,
    bars: faults
      .filter((fault) => fault.kind === kind)
      .map(({ from, to }) => ({ from: (from - startedAt) / 1000, to: (to - startedAt) / 1000 })),
  }));
  return all.filter(({ bars }) => bars.length > 0);
}

/** For each user, when the request was answered and how long its first message took from then. */
function messageTimes({ users, messages }: Journal): [at: number, ms: number][] {
  const first = new Map<string, number>();
  for (const { to, takenAt } of messages) first.set(to, Math.min(takenAt, first.get(to) ?? Infinity));
  return users.flatMap(({ to, answeredAt }) => {
    const takenAt = first.get(to);
    return takenAt === undefined ? [] : [[answeredAt!, Math.max(1, takenAt - answeredAt!)]];
  });
}

/** Divides the time of the campaign into equal parts. */
class Bins {
  private readonly count: number;

  constructor(
    private readonly journal: Journal,
    totalSeconds: number,
    private readonly seconds: number,
  ) {
    this.count = Math.ceil(totalSeconds / seconds);
  }

  rate(events: readonly { at: number }[]): number[] {
    const counts = new Array<number>(this.count).fill(0);
    for (const { at } of events) counts[this.binOf(at)]! += 1;
    return counts.map((count) => count / this.seconds);
  }

  quantile(events: readonly (readonly [at: number, value: number])[], share: number): (number | null)[] {
    const values = Array.from({ length: this.count }, (): number[] => []);
    for (const [at, value] of events) values[this.binOf(at)]!.push(value);
    return values.map((bin) => {
      if (bin.length === 0) return null;
      bin.sort((one, other) => one - other);
      return bin[Math.min(bin.length - 1, Math.floor(bin.length * share))]!;
    });
  }

  private binOf(at: number): number {
    const bin = Math.floor((at - this.journal.startedAt) / 1000 / this.seconds);
    return Math.min(Math.max(bin, 0), this.count - 1);
  }
}
