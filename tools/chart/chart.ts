import { type Axis, type Chart, type Lane } from './chart.types';
import { drawPanel, type Frame, plotHeight } from './panel';
import { timeTicks } from './scale';
import { escapeXml, GREY, line, rect, text } from './svg';

const WIDTH = 960;
const LEFT = 72;
/** Width of the names of the lanes on the left. */
const LEFT_OF_LANES = 130;
const RIGHT = 20;
const HEAD = 58;
const LANE_HEIGHT = 15;
const GAP = 26;
const AXIS_HEIGHT = 30;

/**
 * Draws a chart as SVG without a background: panels above one horizontal axis, with the bars of the lanes
 * behind them.
 */
export function drawChart({ title, subtitle, axis, lanes = [], panels }: Chart): string {
  const left = lanes.length > 0 ? LEFT_OF_LANES : LEFT;
  const frame: Frame = { left, width: WIDTH - left - RIGHT, top: HEAD };
  const parts = [
    text(8, 22, title, { size: 16, bold: true }),
    text(8, 42, subtitle, { size: 12 }),
    ...lanes.map((lane, index) => drawLane(lane, axis, { ...frame, top: HEAD + index * LANE_HEIGHT })),
  ];
  frame.top += lanes.length * LANE_HEIGHT + (lanes.length > 0 ? GAP : 0);
  for (const panel of panels) {
    const { svg, plotTop } = drawPanel(panel, axis, frame);
    parts.push(
      ...lanes.map((lane) => drawShade(lane, axis, { ...frame, top: plotTop }, plotHeight(panel))),
      svg,
    );
    frame.top = plotTop + plotHeight(panel) + GAP;
  }
  const bottom = frame.top - GAP;
  parts.push(drawAxis(axis, frame, bottom + 18));
  const height = bottom + AXIS_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui,-apple-system,Segoe UI,sans-serif" fill="${GREY}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawLane({ label, color, bars }: Lane, axis: Axis, { left, width, top }: Frame): string {
  const drawn = bars.map(({ from, to }) => {
    const start = left + shareOf(axis, from) * width;
    const end = left + shareOf(axis, to) * width;
    return rect(start, top + 3, Math.max(2.5, end - start), LANE_HEIGHT - 5, `rx="2" fill="${color}"`);
  });
  const rule = line(
    left,
    top + LANE_HEIGHT,
    left + width,
    top + LANE_HEIGHT,
    `stroke="${GREY}" stroke-opacity="0.25"`,
  );
  return [text(left - 8, top + 12, label, { anchor: 'end' }), rule, ...drawn].join('');
}

function drawShade({ color, bars }: Lane, axis: Axis, { left, width, top }: Frame, height: number): string {
  const shades = bars.map(({ from, to }) => {
    const start = left + shareOf(axis, from) * width;
    const end = left + shareOf(axis, to) * width;
    return rect(start, top, Math.max(1, end - start), height, `fill="${color}" opacity="0.12"`);
  });
  return shades.join('');
}

/** The position of a second, as a share of the width. */
function shareOf(axis: Axis, second: number): number {
  if ('labels' in axis) throw new Error('lanes need an axis of time');
  return Math.min(second, axis.seconds) / axis.seconds;
}

function drawAxis(axis: Axis, { left, width }: Frame, y: number): string {
  if ('labels' in axis) {
    const slot = width / axis.labels.length;
    return axis.labels
      .map((label, n) => text(left + (n + 0.5) * slot, y, label, { anchor: 'middle' }))
      .join('\n');
  }
  const ticks = timeTicks(axis.seconds).map((second) => {
    const label = second >= 60 ? `${second / 60} min` : `${second} s`;
    return text(left + shareOf(axis, second) * width, y, label, { anchor: 'middle' });
  });
  return ticks.join('\n');
}
