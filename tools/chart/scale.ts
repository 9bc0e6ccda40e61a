/** A vertical axis: the position of a value, and the values that have a grid line. */
export interface Scale {
  y: (value: number) => number;
  ticks: number[];
}

/** From zero in even steps. */
export function evenScale(values: readonly number[], top: number, height: number): Scale {
  const highest = Math.max(...values, 0) || 1;
  const step = niceStep(highest / 4);
  const steps = Math.ceil(highest / step);
  const ticks = Array.from({ length: steps + 1 }, (_, index) => index * step);
  return { y: (value) => top + height * (1 - value / (steps * step)), ticks };
}

/** By powers of ten. Values that are not positive are drawn at the bottom. */
export function logarithmicScale(values: readonly number[], top: number, height: number): Scale {
  const positive = values.filter((value) => value > 0);
  const known = positive.length > 0 ? positive : [1];
  const low = Math.floor(Math.log10(Math.min(...known)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...known))));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const share = (value: number) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
  return { y: (value) => top + height * (1 - share(value)), ticks };
}

const ROUND_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 3_600];

/** The labelled seconds on an axis of time, at most eight. */
export function timeTicks(seconds: number): number[] {
  const step =
    ROUND_SECONDS.find((choice) => choice >= seconds / 8) ?? Math.ceil(seconds / 8 / 3_600) * 3_600;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].find((step) => step * power >= rough)! * power;
}
