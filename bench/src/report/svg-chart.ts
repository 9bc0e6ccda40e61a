/** One line or one colour of bars. */
export interface Series {
  name: string;
  /** One value a label; NaN where there is none. */
  values: readonly number[];
}

export interface Chart {
  /** The file's name without ending. */
  file: string;
  title: string;
  kind: 'bars' | 'lines';
  /** What the values are, with their unit. */
  unit: string;
  labels: readonly string[];
  series: readonly Series[];
}

/** Tell apart on white and on black. From the fourth series on they come again, dashed. */
const COLOURS = ['#3b82f6', '#8b949e', '#f59e0b'];
const INK = '#8b949e';
const FONT = 'font-family="system-ui,-apple-system,Segoe UI,sans-serif"';
const WIDTH = 760;
const LEFT = 64;
const RIGHT = 16;
const TOP = 56;
const PLOT_HEIGHT = 240;
const LEGEND_LINE = 18;
const GRID_LINES = 4;

/** Draws a chart as SVG without a background, in colours that read on light and dark pages. */
export function drawChart(chart: Chart): string {
  const values = chart.series.flatMap((series) => series.values).filter(Number.isFinite);
  const top = niceCeiling(Math.max(...values, 0) * 1.02);
  const y = (value: number) => TOP + PLOT_HEIGHT * (1 - value / top);
  const names = chart.series.length > 1 ? legend(chart.series) : { svg: '', height: 0 };
  const height = TOP + PLOT_HEIGHT + 34 + names.height;
  const marks = chart.kind === 'bars' ? bars(chart, y) : lines(chart, y);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ${FONT} font-size="12" fill="${INK}" role="img">`,
    `<title>${escape(chart.title)}</title>`,
    `<text x="8" y="20" font-size="15" font-weight="600">${escape(chart.title)}</text>`,
    `<text x="8" y="36">${escape(chart.unit)}</text>`,
    grid(top, y),
    marks,
    chart.labels.map((label, i) => text(slot(chart, i).middle, TOP + PLOT_HEIGHT + 18, label)).join('\n'),
    names.svg,
    '</svg>',
    '',
  ].join('\n');
}

function slot({ labels }: Chart, i: number): { start: number; middle: number; width: number } {
  const width = (WIDTH - LEFT - RIGHT) / labels.length;
  return { start: LEFT + i * width, middle: LEFT + (i + 0.5) * width, width };
}

function bars(chart: Chart, y: (value: number) => number): string {
  const drawn: string[] = [];
  chart.labels.forEach((_, i) => {
    const { start, width } = slot(chart, i);
    const barWidth = Math.min(64, (width * 0.8) / chart.series.length);
    const first = start + (width - barWidth * chart.series.length) / 2;
    chart.series.forEach(({ values }, s) => {
      const value = values[i]!;
      if (!Number.isFinite(value)) return;
      const x = first + s * barWidth;
      const colour = colourOf(s);
      drawn.push(
        `<rect x="${round(x + 1)}" y="${round(y(value))}" width="${round(barWidth - 2)}" height="${round(y(0) - y(value))}" rx="2" fill="${colour}"/>`,
        text(x + barWidth / 2, y(value) - 4, short(value), barWidth < 30 ? 9 : 11),
      );
    });
  });
  return drawn.join('\n');
}

function lines(chart: Chart, y: (value: number) => number): string {
  return chart.series
    .map(({ values }, s) => {
      const colour = colourOf(s);
      const points = values
        .map((value, i) => ({ x: slot(chart, i).middle, value }))
        .filter(({ value }) => Number.isFinite(value));
      const path = points.map(({ x, value }) => `${round(x)},${round(y(value))}`).join(' ');
      const dots = points.map(
        ({ x, value }) => `<circle cx="${round(x)}" cy="${round(y(value))}" r="3.5" fill="${colour}"/>`,
      );
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashOf(s)}/>`,
        ...dots,
      ].join('\n');
    })
    .join('\n');
}

function grid(top: number, y: (value: number) => number): string {
  return Array.from({ length: GRID_LINES + 1 }, (_, i) => {
    const value = (top / GRID_LINES) * i;
    return (
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}" stroke="${INK}" stroke-opacity="${i === 0 ? 0.8 : 0.25}"/>` +
      `<text x="${LEFT - 8}" y="${round(y(value) + 4)}" text-anchor="end">${short(value)}</text>`
    );
  }).join('\n');
}

function legend(series: readonly Series[]): { svg: string; height: number } {
  const columns = 3;
  const entries = series.map(({ name }, i) => {
    const x = LEFT + (i % columns) * ((WIDTH - LEFT - RIGHT) / columns);
    const y = TOP + PLOT_HEIGHT + 44 + Math.floor(i / columns) * LEGEND_LINE;
    const colour = colourOf(i);
    return (
      `<line x1="${round(x)}" x2="${round(x + 20)}" y1="${y - 4}" y2="${y - 4}" stroke="${colour}" stroke-width="4"${dashOf(i)}/>` +
      `<text x="${round(x + 26)}" y="${y}">${escape(name)}</text>`
    );
  });
  return { svg: entries.join('\n'), height: Math.ceil(series.length / columns) * LEGEND_LINE + 4 };
}

const colourOf = (series: number) => COLOURS[series % COLOURS.length]!;
const dashOf = (series: number) => (series < COLOURS.length ? '' : ' stroke-dasharray="6 3"');

const text = (x: number, y: number, content: string, size = 12) =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="middle" font-size="${size}">${escape(content)}</text>`;

const round = (value: number) => Math.round(value * 10) / 10;

/** The next value whose quarters are round. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10].find((step) => step * power >= value)! * power;
}

function short(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return Number(value.toPrecision(value >= 1000 ? 4 : 3)).toLocaleString('en-US');
}

const escape = (plain: string) =>
  plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
