import { type StandIn } from '../load/stand-in';
import { type Lengths } from '../options';
import { type Panel } from '../../../tools/chart/chart.types';

/** A table of a report, as text. */
export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A chart with one panel, in its own file. */
export interface BenchChart {
  /** The name of the file without its ending. */
  file: string;
  title: string;
  kind: Panel['kind'];
  /** The meaning of the values, with their unit. */
  unit: string;
  labels: readonly string[];
  series: Panel['series'];
}

/** The result of a section: figures for programs, a table and charts for readers. */
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
