import { type SoakResult } from './soak';
import { type Series } from './samples';
import { drawChart } from '../../chart/chart';
import { type Panel } from '../../chart/chart.types';

/** One row for each figure: its value, and how much it grew after the warm-up. */
export function soakTable({
  settings,
  nodes,
  users,
  warmUpSeconds,
  verdicts,
  ...result
}: SoakResult): string {
  const place = settings.database === 'postgres' ? `PostgreSQL, ${nodes} nodes` : 'SQLite, one node';
  const lines = [
    `${place}: ${settings.usersPerSecond} users a second for ${settings.minutes} minutes (${users} in all), the first ${warmUpSeconds} s not judged`,
    '',
    `  ${'figure'.padEnd(30)}${'at'.padEnd(14)}${'mean'.padStart(10)}${'highest'.padStart(10)}${'growth'.padStart(10)}${'bound'.padStart(10)}`,
  ];
  for (const { series, mean, highest, growth, bound, flat } of verdicts) {
    const figures = [mean, highest, growth, bound].map((value) => value.toFixed(1).padStart(10)).join('');
    const name = `${series.figure}${series.unit ? ` (${series.unit})` : ''}`;
    lines.push(`  ${name.padEnd(30)}${series.at.padEnd(14)}${figures}  ${flat ? 'flat' : 'GROWS'}`);
  }
  lines.push('', ...counts('calls refused', result.refusals), ...counts('calls failed', result.failures));
  return lines.join('\n');
}

function counts(title: string, list: [what: string, count: number][]): string[] {
  const total = list.reduce((sum, [, count]) => sum + count, 0);
  return [`  ${title}: ${total}`, ...list.map(([what, count]) => `    ${count} ${what}`)];
}

export function soakPicture({ settings, nodes, warmUpSeconds, verdicts }: SoakResult): string {
  const all = verdicts.map(({ series }) => series);
  const last = Math.max(...all.flatMap(({ points }) => points.map(({ second }) => second)));
  const figures = [...new Set(all.map(({ figure }) => figure))];
  const place = settings.database === 'postgres' ? `PostgreSQL, ${nodes} nodes` : 'SQLite, one node';
  return drawChart({
    title: `Injeung on ${place}: a steady ${settings.usersPerSecond} new users a second`,
    subtitle: `rows age by a month when their users are done with them; the nodes purge them as they do every month`,
    axis: { seconds: Math.ceil(last), binSeconds: 2 },
    lanes: [{ label: 'warm-up', color: '#8a94a0', bars: [{ from: 0, to: warmUpSeconds }] }],
    panels: figures.map((figure) =>
      panel(
        figure,
        all.filter((series) => series.figure === figure),
      ),
    ),
  });
}

function panel(figure: string, series: Series[]): Panel {
  const unit = series[0]!.unit;
  return {
    title: figure,
    height: 80,
    format: (value) => `${Math.round(value * 10) / 10}${unit ? ` ${unit}` : ''}`,
    kind: 'lines',
    series: series.map(({ at, points }) => ({ name: at, values: binned(points) })),
  };
}

function binned(points: Series['points']): (number | null)[] {
  const bins: (number | null)[] = [];
  for (const { second, value } of points) {
    const bin = Math.floor(second / 2);
    // A part without samples has the value of the part before it, so that the line has no gaps.
    while (bins.length < bin) bins.push(bins.at(-1) ?? null);
    bins[bin] = value;
  }
  return bins;
}
