import { type SqlValue } from './statement';

type ColumnType = 'text' | 'integer' | 'bigint';
type Column<Source> = readonly [type: ColumnType, read: (source: Source) => SqlValue];
/** Columns by name. */
export type Columns<Source> = Readonly<Record<string, Column<Source>>>;

/**
 * The parameters of a batch statement as a table with named columns, so that its SQL does not use numbered parameters.
 * Each column is one array, so the text of the statement does not depend on the number of rows.
 */
export class ParameterTable<Source> {
  /** `SELECT * FROM unnest($1::text[], $2::bigint[]) AS request (id, ttl_ms)` */
  readonly select: string;
  /** The number of the first parameter after this table. */
  readonly nextParameter: number;
  private readonly columns: readonly Column<Source>[];

  constructor(name: string, columns: Columns<Source>, firstParameter = 1) {
    this.columns = Object.values(columns);
    this.nextParameter = firstParameter + this.columns.length;
    const arrays = this.columns.map(([type], index) => `$${firstParameter + index}::${type}[]`);
    this.select = `SELECT * FROM unnest(${arrays.join(', ')}) AS ${name} (${Object.keys(columns).join(', ')})`;
  }

  arrays(rows: readonly Source[]): SqlValue[][] {
    return this.columns.map(([, read]) => rows.map(read));
  }
}
