/** What an attacker got out of one way of attacking. */
export interface Finding {
  attack: string;
  /** How it was tried. */
  path: string;
  /** Calls that were made. */
  calls: number;
  got: number;
  /** The most that may be got, or for a `floor` the least that must be left. */
  budget: number;
  unit: string;
  /** `ceiling` unless the figure must not fall below the budget. */
  bound?: 'ceiling' | 'floor';
  /** Depends on the machine: reported, and judged by the program but not by the tests. */
  measured?: boolean;
  note?: string;
}

export function isExceeded({ got, budget, bound = 'ceiling' }: Finding): boolean {
  return bound === 'ceiling' ? got > budget : got < budget;
}

const COLUMNS: [string, (finding: Finding) => string][] = [
  ['attack', ({ attack }) => attack],
  ['path', ({ path }) => path],
  ['calls', ({ calls }) => String(calls)],
  ['got', ({ got }) => figure(got)],
  ['budget', ({ budget, bound }) => `${bound === 'floor' ? '>=' : '<='} ${figure(budget)}`],
  ['unit', ({ unit }) => unit],
  ['held', (finding) => (isExceeded(finding) ? 'NO' : 'yes')],
  ['note', ({ note = '' }) => note],
];

/** The findings as a Markdown table. */
export function table(findings: readonly Finding[]): string {
  const rows = [
    COLUMNS.map(([name]) => name),
    ...findings.map((one) => COLUMNS.map(([, read]) => read(one))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((cell, n) => cell.padEnd(widths[n]!)).join(' | ')} |`);
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return lines.join('\n');
}

const figure = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** The most of these times that lie in any stretch of `windowMs`, its end not counted. */
export function mostWithin(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (let last = 0; last < sorted.length; last++) {
    while (sorted[last]! - sorted[first]! >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
