/** Why a finding is bad: a limit did not hold, or the attack did not try hard enough to show that it holds. */
export type Fault = 'exceeded' | 'too weak';

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
  /** The least that the attack itself has to get: an attack that stays below shows nothing about the limit. */
  mustReach?: number;
  /** Depends on the machine, so that a short run only reports it. */
  measured?: boolean;
  note?: string;
}

export function faultOf({ got, budget, mustReach = 0, bound = 'ceiling' }: Finding): Fault | null {
  if (bound === 'ceiling' ? got > budget : got < budget) return 'exceeded';
  return got < mustReach ? 'too weak' : null;
}

const COLUMNS: [string, (finding: Finding) => string][] = [
  ['attack', ({ attack }) => attack],
  ['path', ({ path }) => path],
  ['calls', ({ calls }) => String(calls)],
  ['got', ({ got }) => figure(got)],
  ['budget', ({ budget, bound }) => `${bound === 'floor' ? '>=' : '<='} ${figure(budget)}`],
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
