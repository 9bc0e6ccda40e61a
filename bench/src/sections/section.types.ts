import { type StandIn } from '../load/stand-in';
import { type Lengths } from '../options';
import { type Chart } from '../report/svg-chart';

/** A table of a report: text as it is to be read. */
export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** What a section hands over: figures for machines, a table and charts for people. */
export interface SectionReport {
  title: string;
  /** What was done and how to read it, as Markdown. */
  notes: readonly string[];
  figures: unknown;
  table: Table;
  charts: readonly Chart[];
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
