import { readdirSync } from 'node:fs';
import { type Stage } from '../campaign';
import { TABLES } from '../database-view';
import { type ServerNode } from '../nodes';

/** One figure over time. */
export interface Series {
  /** The figure, such as `resident memory`. */
  figure: string;
  /** The node or table that is measured. */
  at: string;
  unit: 'MiB' | 'ms' | '';
  points: { second: number; value: number }[];
}

const MEBIBYTE = 2 ** 20;
/** A metric of a node: its name, its name here, its unit and the factor for the unit. */
const METRICS = [
  ['process_resident_memory_bytes', 'resident memory', 'MiB', 1 / MEBIBYTE],
  ['nodejs_heap_size_used_bytes', 'heap in use', 'MiB', 1 / MEBIBYTE],
  ['nodejs_active_handles_total', 'handles', '', 1],
  ['nodejs_eventloop_lag_p99_seconds', 'event loop delay, 99 %', 'ms', 1_000],
] as const;

/** Measures nodes and database from outside at regular intervals. */
export class Sampler {
  readonly series: Series[] = [];
  private readonly startedAt = performance.now();

  constructor(private readonly stage: Stage) {}

  async sample(): Promise<void> {
    const { nodes, postgres } = this.stage;
    await Promise.all([
      ...nodes.map((node) => this.sampleNode(node)),
      this.sampleTables(),
      ...(postgres ? [this.sampleConnections()] : []),
    ]);
  }

  private async sampleNode(node: ServerNode): Promise<void> {
    const text = await (await fetch(`${node.url}/metrics`)).text();
    for (const [metric, figure, unit, factor] of METRICS) {
      const value = new RegExp(`^${metric} ([\\d.e+-]+)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`${node.name} does not report ${metric}`);
      this.add(figure, node.name, unit, Number(value) * factor);
    }
    this.add('file descriptors', node.name, '', readdirSync(`/proc/${node.pid}/fd`).length);
  }

  private async sampleConnections(): Promise<void> {
    const [row] = await this.stage.view.query<{ count: string }>(
      `SELECT count(*) AS count FROM pg_stat_activity WHERE application_name = 'injeung'`,
    );
    this.add('database connections', 'all nodes', '', Number(row!.count));
  }

  private async sampleTables(): Promise<void> {
    for (const table of TABLES) {
      const [row] = await this.stage.view.query<{ count: string }>(`SELECT count(*) AS count FROM ${table}`);
      this.add('rows', table, '', Number(row!.count));
    }
    const size = this.stage.postgres
      ? `SELECT pg_database_size(current_database()) AS bytes`
      : `SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()`;
    const [row] = await this.stage.view.query<{ bytes: string }>(size);
    this.add('database on disk', 'all', 'MiB', Number(row!.bytes) / MEBIBYTE);
  }

  private add(figure: string, at: string, unit: Series['unit'], value: number): void {
    let series = this.series.find((known) => known.figure === figure && known.at === at);
    if (!series) this.series.push((series = { figure, at, unit, points: [] }));
    series.points.push({ second: (performance.now() - this.startedAt) / 1000, value });
  }
}
