import { type Series } from './samples';

export interface Verdict {
  series: Series;
  mean: number;
  highest: number;
  /** The growth of the fitted line, from the end of the warm-up to the end. */
  growth: number;
  /** The allowed growth, in the unit of the series. */
  bound: number;
  flat: boolean;
}

/** The allowed growth after the warm-up: a share of the mean, but not less than the noise. */
const BOUNDS: Record<string, { share: number; floor: number }> = {
  'resident memory': { share: 0.1, floor: 5 },
  'heap in use': { share: 0.15, floor: 4 },
  handles: { share: 0.1, floor: 3 },
  'file descriptors': { share: 0.1, floor: 3 },
  'event loop delay, 99 %': { share: 0.25, floor: 10 },
  'database connections': { share: 0, floor: 1 },
  rows: { share: 0.15, floor: 20 },
  'database on disk': { share: 0.1, floor: 2 },
};

/**
 * Garbage collection, retention and sockets cause waves, so each wave counts as one point: the minimum of
 * heap, handles and descriptors, which is what is really in use, and the mean of everything else.
 */
const HELD_WAVE_SECONDS = 15;
const HELD = ['heap in use', 'handles', 'file descriptors'];
const PURGE_WAVE_SECONDS = 60;

/** A line cannot be fitted to fewer points. */
const FEWEST_POINTS = 2;

export function judge(series: Series, warmUpSeconds: number): Verdict {
  const bounds = BOUNDS[series.figure];
  if (!bounds) throw new Error(`there is no bound for ${series.figure}`);
  const points = waves(series, warmUpSeconds);
  if (points.length < FEWEST_POINTS) throw new Error(`too few samples of ${series.figure}: run for longer`);
  const values = points.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const span = points.at(-1)!.second - points[0]!.second;
  const growth = slope(points) * span;
  const bound = Math.max(bounds.share * mean, bounds.floor);
  return { series, mean, highest: Math.max(...values), growth, bound, flat: growth <= bound };
}

function waves({ figure, points }: Series, warmUpSeconds: number): Series['points'] {
  const warm = points.filter(({ second }) => second >= warmUpSeconds);
  if (figure === 'rows') return inWaves(warm, PURGE_WAVE_SECONDS, (values) => sum(values) / values.length);
  if (HELD.includes(figure)) return inWaves(warm, HELD_WAVE_SECONDS, (values) => Math.min(...values));
  return warm;
}

/** Only complete waves, counted from the end, because a part of a wave would distort the line. */
function inWaves(
  points: Series['points'],
  seconds: number,
  join: (values: number[]) => number,
): Series['points'] {
  const end = points.at(-1)!.second;
  const count = Math.floor((end - points[0]!.second) / seconds);
  return Array.from({ length: count }, (_, index) => end - (count - index) * seconds).flatMap((from) => {
    const inside = points.filter(({ second }) => second > from && second <= from + seconds);
    if (inside.length === 0) return [];
    return [{ second: from + seconds / 2, value: join(inside.map(({ value }) => value)) }];
  });
}

/** The slope of the least-squares line. */
function slope(points: Series['points']): number {
  const middle = sum(points.map(({ second }) => second)) / points.length;
  const mean = sum(points.map(({ value }) => value)) / points.length;
  const over = sum(points.map(({ second, value }) => (second - middle) * (value - mean)));
  const under = sum(points.map(({ second }) => (second - middle) ** 2));
  return under === 0 ? 0 : over / under;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
