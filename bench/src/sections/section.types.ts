import { type StandIn } from '../load/stand-in';
import { type Lengths } from '../options';
import { type Panel } from '../../../tools/chart/chart.types';

/** A table of a report: text as it is to be read. */
export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** One panel in a file of its own. */
export interface BenchChart {
  /** The file's name without ending. */
  file: string;
  title: string;
  kind: Panel['kind'];
  /** What the values are, with their unit. */
  unit: string;
  labels: readonly string[];
  series: Panel['series'];
}

/** What a section hands over: figures for machines, a table and charts for people. */
export interface SectionReport {
  title: string;
  /** What was done and how to read it, as Markdown. */
  notes: readonly string[];
  figures: unknown;
  table: Table;
  charts: readonly BenchChart[];
}

export interface SectionContext {
  standIn: StandIn;
  lengths: Lengths;
  profileDir: string | undefined;
  say: (progress: string) => void;
}

export interface Section {
  name: string;
  /** Runs only when it is asked for. */
  optional?: true;
  run(context: SectionContext): Promise<SectionReport>;
}
