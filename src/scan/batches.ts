import type { DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import type { Query, SelectedColumn } from './query.ts';
import { UnreadableError } from './unreadable.ts';
import type { ColumnVector } from './wanted.ts';

/** Rows of one row group, at most a DuckDB vector of them. */
export interface Batch {
  readonly rows: number;
  /** 1 for each row that belongs to the model asked for; undefined when all do. */
  readonly belongs: Uint8Array | undefined;
  /** In the order of `ScanRequest.wanted`; undefined for a column that the file lacks or that is left out: every value is missing. */
  readonly columns: readonly (ColumnVector | undefined)[];
  /** The last batch of its row group: the place to round sums. */
  readonly endsRowGroup: boolean;
}

/** Streams the batches of a query that leaves rows out: they end no row group. */
export async function* streamChosen(connection: DuckDBConnection, query: Query): AsyncGenerator<Batch> {
  const result = await connection.stream(query.sql, [...query.parameters]);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield batchOf(chunk, query, 0, chunk.rowCount, false);
  }
}

/**
 * Streams a query's batches in row order. Rejects with DuckDB's error, or where the rows are not as many as the footer promises.
 */
export async function* streamBatches(
  connection: DuckDBConnection,
  query: Query,
  rowGroupRows: readonly number[],
): AsyncGenerator<Batch> {
  const borders = rowGroupEnds(rowGroupRows);
  const promised = borders.at(-1) ?? 0;
  const result = await connection.stream(query.sql, [...query.parameters]);
  let row = 0;
  let group = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (let start = 0; start < chunk.rowCount; ) {
      while (row >= (borders[group] ?? Number.POSITIVE_INFINITY)) group += 1;
      const border = borders[group] ?? Number.POSITIVE_INFINITY;
      const rows = Math.min(chunk.rowCount - start, border - row);
      row += rows;
      yield batchOf(chunk, query, start, rows, row === border);
      start += rows;
    }
  }
  if (row !== promised) throw new UnreadableError(`the footer promises ${promised} rows and ${row} could be read`);
}

function rowGroupEnds(rowGroupRows: readonly number[]): number[] {
  let end = 0;
  return rowGroupRows.map((rows) => {
    end += rows;
    return end;
  });
}

function batchOf(chunk: DuckDBDataChunk, query: Query, start: number, rows: number, endsRowGroup: boolean): Batch {
  const columns = query.columns.map((column) => column && vectorOf(column, chunk, start, rows));
  const flags = query.belongs === undefined ? undefined : typedItems(chunk.getColumnVector(query.belongs), Uint8Array);
  return { rows, belongs: flags?.subarray(start, start + rows), columns, endsRowGroup };
}

function vectorOf(column: SelectedColumn, chunk: DuckDBDataChunk, start: number, rows: number): ColumnVector {
  const vector = chunk.getColumnVector(column.position);
  const end = start + rows;
  switch (column.as) {
    case 'numeric':
      return {
        as: column.as,
        values: typedItems(vector, Float64Array).subarray(start, end),
        validity: validityOf(vector, start, rows),
      };
    case 'category':
      return { as: column.as, codes: column.codes.codesOf(typedItems(vector, BigUint64Array).subarray(start, end)) };
    case 'presence':
      return { as: column.as, flags: typedItems(vector, Uint8Array).subarray(start, end) };
    case 'embedding': {
      const { entryData, childData } = vector as unknown as ListVector;
      return {
        as: column.as,
        entries: entryData.subarray(2 * start, 2 * end),
        items: typedItems(childData, Float32Array),
        validity: validityOf(vector, start, rows),
        itemValidity: validityOf(childData, 0, childData.itemCount),
      };
    }
  }
}

/** The parts of DuckDB's list vector that hold offsets, lengths and children. */
interface ListVector {
  readonly entryData: BigUint64Array;
  readonly childData: DuckDBVector;
}

function typedItems<T>(vector: DuckDBVector, type: new (...args: never[]) => T): T {
  const { items } = vector as unknown as { items: unknown };
  if (!(items instanceof type))
    throw new TypeError(`DuckDB gave ${vector.constructor.name} where ${type.name} was selected`);
  return items;
}

function validityOf(vector: DuckDBVector, start: number, rows: number): Uint32Array | undefined {
  const { validity } = vector as unknown as { validity: { data: BigUint64Array | null; offset: number } };
  const { data } = validity;
  if (data === null) return undefined;
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
  const first = validity.offset + start;
  if (first === 0) return words;
  const shifted = new Uint32Array(Math.ceil(rows / 32));
  for (let row = 0; row < rows; row++) {
    const bit = ((words[(first + row) >>> 5] ?? 0) >>> ((first + row) & 31)) & 1;
    shifted[row >>> 5] = (shifted[row >>> 5] ?? 0) | (bit << (row & 31));
  }
  return shifted;
}
