import { type Axis, type Panel, type Series } from './chart.types';
import { evenScale, logarithmicScale, type Scale } from './scale';
import { escapeXml, GREY, line, PALETTE, rect, round, text } from './svg';

/** The position of the plot in a panel. */
export interface Frame {
  left: number;
  width: number;
  /** The size of the panel with its title and legend. */
  top: number;
}

const PLOT_HEIGHT = 220;
const TITLE = 20;
const LEGEND_ROW = 18;
/** The width of a line in the legend, and of a character of its name. */
const MARK_WIDTH = 26;
const CHARACTER_WIDTH = 6.2;
/** Lines with more points than this have no dots. */
const MOST_DOTS = 30;

export function plotHeight({ height = PLOT_HEIGHT }: Panel): number {
  return height;
}

/** Draws one panel. @returns also the start of its plot, for what is drawn behind it. */
export function drawPanel(panel: Panel, axis: Axis, frame: Frame): { svg: string; plotTop: number } {
  const legend =
    panel.series.length > 1 ? drawLegend(panel.series, frame, titleHeight(panel)) : { svg: '', height: 0 };
  const plotTop = frame.top + titleHeight(panel) + legend.height + 8;
  const values = panel.series.flatMap((one) => one.values).filter(isNumber);
  const scale = (panel.logarithmic ? logarithmicScale : evenScale)(values, plotTop, plotHeight(panel));
  const x = (index: number) => frame.left + middle(axis, index) * frame.width;
  const marks = panel.kind === 'bars' ? drawBars(panel, scale, x, frame.width) : drawLines(panel, scale, x);
  const title = panel.title ? text(frame.left, frame.top + 12, panel.title, { size: 13, bold: true }) : '';
  return { svg: [title, legend.svg, drawGrid(panel, scale, frame), marks].join('\n'), plotTop };
}

/** The position of the value with this index, as a share of the width. */
function middle(axis: Axis, index: number): number {
  if ('labels' in axis) return (index + 0.5) / axis.labels.length;
  return Math.min(1, ((index + 0.5) * axis.binSeconds) / axis.seconds);
}

function titleHeight({ title }: Panel): number {
  return title ? TITLE : 0;
}

function drawLegend(series: readonly Series[], frame: Frame, below: number): { svg: string; height: number } {
  let x = frame.left;
  let row = 0;
  const entries = series.map((one, index) => {
    const width = MARK_WIDTH + one.name.length * CHARACTER_WIDTH + 18;
    if (x > frame.left && x + width > frame.left + frame.width) {
      x = frame.left;
      row++;
    }
    const y = frame.top + below + row * LEGEND_ROW + 12;
    const mark = line(x, y - 4, x + 20, y - 4, `${strokeOf(one, index)} stroke-width="3"`);
    const name = text(x + MARK_WIDTH, y, one.name);
    x += width;
    return mark + name;
  });
  return { svg: entries.join('\n'), height: (row + 1) * LEGEND_ROW };
}

function drawGrid({ format = shortNumber }: Panel, { y, ticks }: Scale, { left, width }: Frame): string {
  const rows = ticks.map((value, index) => {
    const style = `stroke="${GREY}" stroke-opacity="${index === 0 ? 0.8 : 0.25}"`;
    const rule = line(left, y(value), left + width, y(value), style);
    return rule + text(left - 8, y(value) + 4, format(value), { anchor: 'end' });
  });
  return rows.join('\n');
}

function drawBars(
  { series, format = shortNumber }: Panel,
  { y }: Scale,
  x: (index: number) => number,
  width: number,
): string {
  const places = series[0]?.values.length ?? 0;
  const barWidth = Math.min(64, ((width / places) * 0.8) / series.length);
  const bars = series.flatMap((one, s) =>
    one.values.map((value, place) => {
      if (!isNumber(value)) return '';
      const left = x(place) + (s - series.length / 2) * barWidth;
      const style = `rx="2" fill="${colorOf(one, s)}"`;
      const bar = rect(left + 1, y(value), barWidth - 2, y(0) - y(value), style);
      const size = barWidth < 30 ? 9 : 11;
      return bar + text(left + barWidth / 2, y(value) - 4, format(value), { size, anchor: 'middle' });
    }),
  );
  return bars.join('\n');
}

function drawLines({ series }: Panel, { y }: Scale, x: (index: number) => number): string {
  return series.map((one, s) => drawLine(one, strokeOf(one, s), y, x)).join('\n');
}

function drawLine(
  { values }: Series,
  stroke: string,
  y: (value: number) => number,
  x: (index: number) => number,
): string {
  let pen = 'M';
  let path = '';
  const dots: string[] = [];
  values.forEach((value, index) => {
    if (!isNumber(value)) return void (pen = 'M');
    path += `${pen}${round(x(index))} ${round(y(value))}`;
    // A point between two gaps would not be visible.
    if (pen === 'M') path += 'h0.8';
    pen = 'L';
    dots.push(`<circle cx="${round(x(index))}" cy="${round(y(value))}" r="3" ${stroke}/>`);
  });
  const drawn = `<path d="${path}" fill="none" ${stroke} stroke-width="1.8"/>`;
  return values.length <= MOST_DOTS ? [drawn, ...dots].join('') : drawn;
}

/** After the end of the palette its colors are repeated, dashed. */
function strokeOf(series: Series, index: number): string {
  const dashed = !series.color && index >= PALETTE.length;
  return `stroke="${colorOf(series, index)}"${dashed ? ' stroke-dasharray="6 3"' : ''}`;
}

function colorOf({ color }: Series, index: number): string {
  return escapeXml(color ?? PALETTE[index % PALETTE.length]!);
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

function shortNumber(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return Number(value.toPrecision(value >= 1000 ? 4 : 3)).toLocaleString('en-US');
}
