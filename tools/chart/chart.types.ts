/** One line, or the bars of one color. */
export interface Series {
  name: string;
  /** A color of the palette by default. */
  color?: string;
  /** One value for each position on the horizontal axis; null or NaN for no value. */
  values: readonly (number | null)[];
}

export interface Panel {
  title?: string;
  kind: 'bars' | 'lines';
  series: readonly Series[];
  height?: number;
  /** Powers of ten instead of even steps from zero. */
  logarithmic?: boolean;
  /** Formats a value, such as `20 ms`. */
  format?: (value: number) => string;
}

/** Periods that are marked in all panels, in seconds. */
export interface Lane {
  label: string;
  color: string;
  bars: readonly { from: number; to: number }[];
}

/** The labels below all panels: names, or time. */
export type Axis = { labels: readonly string[] } | { seconds: number; binSeconds: number };

export interface Chart {
  title: string;
  /** The meaning of the values, with their unit. */
  subtitle: string;
  axis: Axis;
  lanes?: readonly Lane[];
  panels: readonly Panel[];
}
