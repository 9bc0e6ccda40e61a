import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESULTS } from '../paths';
import { drawChart } from '../../../tools/chart/chart';
import { type BenchChart, type SectionReport, type Table } from '../sections/section.types';
import { type Machine } from './machine';

export interface SectionResult {
  name: string;
  madeAt: string;
  command: string;
  machine: Machine;
  report: SectionReport;
}

/** Sections by name. Each may come from another run. */
type Stored = Record<string, SectionResult>;

/**
 * Stores the sections of this run together with those from earlier runs: results.json, RESULTS.md and the
 * charts. The results of a quick or profiled run are not representative, so they are stored in another
 * folder.
 *
 * @returns the Markdown of this run's sections.
 */
export function writeResults(
  made: readonly SectionResult[],
  order: readonly string[],
  apart: boolean,
): string {
  const folder = apart ? join(RESULTS, 'quick') : RESULTS;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'results.json');
  const stored: Stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stored) : {};
  for (const result of made) stored[result.name] = result;
  const all = order.flatMap((name) => stored[name] ?? []);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all.map((one) => [one.name, one])), null, 2)}\n`);
  writeFileSync(join(folder, 'RESULTS.md'), `# Results\n\n${all.map(markdownOf).join('\n')}`);
  for (const { report } of made) {
    for (const chart of report.charts) writeFileSync(join(folder, `${chart.file}.svg`), svgOf(chart));
  }
  return made.map(markdownOf).join('\n');
}

function svgOf({ title, unit, kind, labels, series }: BenchChart): string {
  return drawChart({ title, subtitle: unit, axis: { labels }, panels: [{ kind, series }] });
}

function markdownOf({ report, madeAt, command, machine }: SectionResult): string {
  const { cpu, cores, memoryGb, kernel, node, postgres, sqlite, injeung, betterAuth, fastify, pinning } =
    machine;
  return [
    `## ${report.title}`,
    '',
    `\`${command}\`, ${madeAt.slice(0, 10)}. ${cpu}, ${cores} cores, ${memoryGb} GB, Linux ${kernel}; Node ${node}, ` +
      `PostgreSQL ${postgres}, SQLite ${sqlite}; Injeung ${injeung}, better-auth ${betterAuth}, Fastify ${fastify}. ` +
      `Pinning: ${pinning}.`,
    '',
    ...report.notes.flatMap((note) => [note, '']),
    markdownTable(report.table),
    '',
    ...report.charts.flatMap(({ file, title }) => [`![${title}](${file}.svg)`, '']),
  ].join('\n');
}

function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
