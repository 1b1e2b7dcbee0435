import { Chunks, Columns, type Row } from './columns.ts';
import { type ColumnDeclarations, declaredColumns } from './declarations.ts';
import { encode } from './encode.ts';
import { addNamed } from './record.ts';

export type { ColumnType } from './column-type.ts';
export type { ColumnDeclarations } from './declarations.ts';

export interface EncodeParquetOptions {
  /** Types of columns, which are then in the file whether or not a row has them; the others have that of most of their values. */
  readonly columns?: ColumnDeclarations;
}

/**
 * A Parquet file of rows, such as training data: one nullable column a name, in the order in which they are met. It writes what the
 * inference logger writes: numbers, texts, booleans, bigints, Dates and arrays of numbers; null for a value that is not of
 * its column's type and for NaN. Encodes on the calling thread and holds all rows in memory.
 *
 * @throws DriftMonitorError where no column has a value
 */
export async function encodeParquet(
  rows: Iterable<Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>>,
  options: EncodeParquetOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const columns = new Columns([], declaredColumns(options.columns));
  const chunks = new Chunks();
  for (const values of rows) {
    const row: Row = { columns: [], values: [], bytes: 0 };
    addNamed(row, columns, 'row', values);
    chunks.add(row);
  }
  return (await encode(columns.all, chunks.list)).bytes;
}
