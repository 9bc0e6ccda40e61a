import { type Spread } from '../load/statistics';

/** `1,234` or `0.56`: three significant digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** `0.56 (0.51–0.60)`: the median, and the minimum and maximum of all rounds. */
export function withSpread(spread: Spread | null): string {
  if (spread === null) return '';
  return `${figure(spread.median)} (${figure(spread.min)}–${figure(spread.max)})`;
}

export const middle = (spread: Spread | null) => (spread === null ? '' : figure(spread.median));
