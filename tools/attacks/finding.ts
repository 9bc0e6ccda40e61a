/** Why a finding is bad: a limit failed, or the attack was too weak to show that the limit works. */
export type Fault = 'exceeded' | 'too weak';

/** What an attacker achieved in one way. */
export interface Finding {
  attack: string;
  /** The way of the attack. */
  path: string;
  /** Number of calls. */
  calls: number;
  got: number;
  /** The maximum that may be achieved, or for a `floor` the minimum that must remain. */
  threshold: number;
  unit: string;
  /** `ceiling`, or `floor` when the figure must not be lower than the bound. */
  bound?: 'ceiling' | 'floor';
  /** The minimum that the attack itself must achieve. An attack below this shows nothing about the limit. */
  mustReach?: number;
  /** Depends on the machine, so a short run only reports it. */
  measured?: boolean;
  note?: string;
}

export function faultOf({ got, threshold, mustReach = 0, bound = 'ceiling' }: Finding): Fault | null {
  if (bound === 'ceiling' ? got > threshold : got < threshold) return 'exceeded';
  return got < mustReach ? 'too weak' : null;
}

const COLUMNS: [string, (finding: Finding) => string][] = [
  ['attack', ({ attack }) => attack],
  ['path', ({ path }) => path],
  ['calls', ({ calls }) => String(calls)],
  ['got', ({ got }) => figure(got)],
  ['limit', ({ threshold, bound }) => `${bound === 'floor' ? '>=' : '<='} ${figure(threshold)}`],
  ['unit', ({ unit }) => unit],
  ['held', (finding) => faultOf(finding)?.toUpperCase() ?? 'yes'],
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

/** The maximum number of these times within any period of `windowMs`, excluding its end. */
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
