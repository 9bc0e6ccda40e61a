/** A line of a panel: one value a bin, null where there is none. */
export interface Line {
  label: string;
  color: string;
  values: (number | null)[];
}

export interface Panel {
  title: string;
  height: number;
  lines: Line[];
  /** Powers of ten instead of even steps. */
  logarithmic?: boolean;
  /** Writes a value at the axis. */
  format: (value: number) => string;
}

/** A bar over time, in seconds. */
export interface Bar {
  from: number;
  to: number;
}

export interface Lane {
  label: string;
  color: string;
  bars: Bar[];
}

export interface Picture {
  title: string;
  subtitle: string;
  seconds: number;
  binSeconds: number;
  lanes: Lane[];
  panels: Panel[];
}

const WIDTH = 1000;
const LEFT = 150;
const RIGHT = 20;
const PLOT = WIDTH - LEFT - RIGHT;
const LANE = 15;
const HEAD = 62;
const GAP = 46;

const INK = '#1f2933';
const SOFT = '#66717f';
const RULE = '#e3e7ec';

/** Draws lanes of bars over panels of lines, all along one axis of time. */
export function draw({ title, subtitle, seconds, binSeconds, lanes, panels }: Picture): string {
  const x = (second: number) => LEFT + (Math.min(second, seconds) / seconds) * PLOT;
  const lanesEnd = HEAD + lanes.length * LANE;
  const parts = [
    text(20, 28, title, { size: 17, weight: 600 }),
    text(20, 48, subtitle, { size: 12, color: SOFT }),
    ...lanes.map((lane, index) => drawLane(lane, HEAD + index * LANE, x)),
  ];
  let top = lanesEnd + (lanes.length > 0 ? GAP : 20);
  for (const panel of panels) {
    const shades = lanes.flatMap(({ bars, color }) =>
      bars.map((bar) => shade(bar, color, top, panel.height, x)),
    );
    parts.push(...shades, drawPanel(panel, top, binSeconds, x));
    top += panel.height + GAP;
  }
  parts.push(timeAxis(seconds, top - GAP, x));
  const height = top - GAP + 42;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawLane({ label, color, bars }: Lane, y: number, x: (second: number) => number): string {
  const drawn = bars.map(({ from, to }) => {
    const width = Math.max(2.5, x(to) - x(from));
    return `<rect x="${round(x(from))}" y="${y + 3}" width="${round(width)}" height="${LANE - 5}" rx="2" fill="${color}"/>`;
  });
  const rule = `<line x1="${LEFT}" y1="${y + LANE}" x2="${LEFT + PLOT}" y2="${y + LANE}" stroke="${RULE}"/>`;
  return [text(LEFT - 10, y + 12, label, { size: 11, color: SOFT, anchor: 'end' }), rule, ...drawn].join('');
}

function shade(
  { from, to }: Bar,
  color: string,
  y: number,
  height: number,
  x: (s: number) => number,
): string {
  const width = Math.max(1, x(to) - x(from));
  return `<rect x="${round(x(from))}" y="${y}" width="${round(width)}" height="${height}" fill="${color}" opacity="0.09"/>`;
}

function drawPanel(panel: Panel, top: number, binSeconds: number, x: (second: number) => number): string {
  const { title, height, lines, format } = panel;
  const { y, ticks } = scale(panel, top);
  const parts = [text(LEFT, top - 10, title, { size: 13, weight: 600 })];
  let legend = LEFT + PLOT;
  for (const { label, color } of [...lines].reverse()) {
    legend -= label.length * 6.5 + 34;
    parts.push(
      `<line x1="${round(legend)}" y1="${top - 14}" x2="${round(legend + 14)}" y2="${top - 14}" stroke="${color}" stroke-width="2.5"/>`,
      text(legend + 19, top - 10, label, { size: 11, color: SOFT }),
    );
  }
  for (const tick of ticks) {
    const at = round(y(tick));
    parts.push(
      `<line x1="${LEFT}" y1="${at}" x2="${LEFT + PLOT}" y2="${at}" stroke="${RULE}"/>`,
      text(LEFT - 10, at + 4, format(tick), { size: 11, color: SOFT, anchor: 'end' }),
    );
  }
  for (const { values, color } of lines)
    parts.push(
      `<path d="${path(values, binSeconds, x, y)}" fill="none" stroke="${color}" stroke-width="1.6"/>`,
    );
  return `<g>${parts.join('')}<rect x="${LEFT}" y="${top}" width="${PLOT}" height="${height}" fill="none" stroke="${RULE}"/></g>`;
}

/** From 0 in even steps, or by powers of ten. */
function scale({ lines, height, logarithmic }: Panel, top: number) {
  const values = lines.flatMap((line) => line.values).filter((value) => value !== null);
  const highest = Math.max(...values, 1);
  if (logarithmic) {
    const positive = values.filter((value) => value > 0);
    const low = Math.floor(Math.log10(Math.min(...positive, highest)));
    const high = Math.max(low + 1, Math.ceil(Math.log10(highest)));
    const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
    const y = (value: number) =>
      top + height - ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * height;
    return { y, ticks };
  }
  const step = niceStep(highest / 4);
  const high = Math.ceil(highest / step) * step;
  const ticks = Array.from({ length: Math.round(high / step) + 1 }, (_, index) => index * step);
  return { y: (value: number) => top + height - (value / high) * height, ticks };
}

function path(
  values: Line['values'],
  binSeconds: number,
  x: (second: number) => number,
  y: (value: number) => number,
): string {
  let pen = 'M';
  let drawn = '';
  values.forEach((value, bin) => {
    if (value === null) return void (pen = 'M');
    drawn += `${pen}${round(x((bin + 0.5) * binSeconds))} ${round(y(value))}`;
    // A point between two gaps would not be seen.
    if (pen === 'M') drawn += 'h0.8';
    pen = 'L';
  });
  return drawn;
}

function timeAxis(seconds: number, top: number, x: (second: number) => number): string {
  const step = niceStep(seconds / 8, [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200]);
  const marks: string[] = [];
  for (let second = 0; second <= seconds; second += step) {
    const label = step >= 60 ? `${second / 60} min` : `${second} s`;
    marks.push(text(x(second), top + 20, label, { size: 11, color: SOFT, anchor: 'middle' }));
  }
  return marks.join('');
}

function niceStep(rough: number, steps?: number[]): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const choices = steps ?? [1, 2, 5, 10].map((factor) => factor * power);
  return choices.find((choice) => choice >= rough) ?? choices.at(-1)!;
}

interface TextStyle {
  size: number;
  color?: string;
  weight?: number;
  anchor?: 'middle' | 'end';
}

function text(
  x: number,
  y: number,
  content: string,
  { size, color = INK, weight, anchor }: TextStyle,
): string {
  const extra = `${weight ? ` font-weight="${weight}"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}`;
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}"${extra}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
