/** One line, or the bars of one colour. */
export interface Series {
  name: string;
  /** One of the palette's unless given. */
  color?: string;
  /** One value for each place on the horizontal axis, null or NaN where there is none. */
  values: readonly (number | null)[];
}

export interface Panel {
  title?: string;
  kind: 'bars' | 'lines';
  series: readonly Series[];
  height?: number;
  /** Powers of ten instead of even steps from zero. */
  logarithmic?: boolean;
  /** Writes a value, such as `20 ms`. */
  format?: (value: number) => string;
}

/** Stretches of time that are marked over all panels, in seconds. */
export interface Lane {
  label: string;
  color: string;
  bars: readonly { from: number; to: number }[];
}

/** What is along the bottom of all panels: names, or time. */
export type Axis = { labels: readonly string[] } | { seconds: number; binSeconds: number };

export interface Chart {
  title: string;
  /** What the values are, with their unit, or how they came about. */
  subtitle: string;
  axis: Axis;
  lanes?: readonly Lane[];
  panels: readonly Panel[];
}
