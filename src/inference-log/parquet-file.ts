import parquet, { type Field, type FieldOptions, type RowBuffer } from 'parquetjs-lite';
import { DriftMonitorError } from '../errors.ts';
import { type ColumnType, isListType, type ScalarType } from './column-type.ts';

export interface FileColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * The values of a row group's column without its nulls, and where they stand (Dremel levels, see `levelsOf…` in encode.ts).
 * https://parquet.apache.org/docs/file-format/nestedencoding/
 */
export interface ColumnData {
  readonly values: ArrayLike<unknown>;
  readonly definitionLevels: Uint8Array;
  /** empty where the column is no list */
  readonly repetitionLevels: Uint8Array;
}

export interface RowGroup {
  readonly rows: number;
  readonly columns: readonly ColumnData[];
}

const PHYSICAL: Record<ScalarType, NonNullable<FieldOptions['type']>> = {
  double: 'DOUBLE',
  int64: 'INT64',
  string: 'UTF8',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP_MILLIS',
};

/**
 * Pages of version 1, compressed with snappy, read by every Parquet reader. No statistics: parquetjs-lite orders strings
 * by UTF-16, which is not the order that Parquet defines.
 */
const LEAF = { optional: true, compression: 'SNAPPY', statistics: false } as const;
const WRITER_OPTIONS = { useDataPageV2: false, pageIndex: false } as const;

/** Three levels, so that a null list, an empty list and a null element differ. */
function fieldOptions(type: ColumnType): FieldOptions {
  if (!isListType(type)) return { ...LEAF, type: PHYSICAL[type] };
  const element: FieldOptions = { ...LEAF, type: type === 'list<float>' ? 'FLOAT' : 'DOUBLE' };
  return { type: 'LIST', optional: true, fields: { list: { repeated: true, fields: { element } } } };
}

/** Several row groups in one file: each is written by a `ParquetWriter` of its own, which would begin and end a file. */
class ParquetFile extends parquet.ParquetEnvelopeWriter {
  override writeHeader(): void {}
  override writeIndex(): void {}
  override writeFooter(): void {}

  begin(): void {
    super.writeHeader();
  }

  end(): void {
    super.writeFooter({});
  }
}

/**
 * A Parquet file of optional columns. Row groups are handed to parquetjs-lite already shredded into columns: its own way, row
 * by row, is 20 times as slow and refuses negative timestamps.
 */
export async function writeParquet(
  columns: readonly FileColumn[],
  rowGroups: Iterable<RowGroup>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (columns.length === 0) {
    throw new DriftMonitorError('a Parquet file needs a column: no row has a value, and no column is declared');
  }
  // parquetjs-lite keys plain objects by name and joins paths with commas; the real names go only into the footer.
  const schema = new parquet.ParquetSchema(
    Object.fromEntries(columns.map((column, index) => [`c${index}`, fieldOptions(column.type)])),
  );
  const parts: Buffer[] = [];
  const file = new ParquetFile(
    schema,
    (bytes) => parts.push(bytes),
    () => {},
    0,
    WRITER_OPTIONS,
  );
  file.begin();
  for (const group of rowGroups) {
    const writer = new parquet.ParquetWriter(schema, file, WRITER_OPTIONS);
    writer.rowBuffer = rowBuffer(schema.fieldList, group);
    await writer.close();
  }
  giveRealNames(schema.fieldList, columns);
  file.end();
  return new Uint8Array(Buffer.concat(parts)); // a small Buffer is part of a pool, which cannot be sent to a thread
}

function rowBuffer(fields: readonly Field[], { rows, columns }: RowGroup): RowBuffer {
  const buffer: RowBuffer = { rowCount: rows, pageRowCount: rows, columnData: {}, pages: {} };
  const leaves = fields.filter((field) => !field.isNested);
  for (const [index, field] of leaves.entries()) {
    const { values, definitionLevels, repetitionLevels } = columns[index]!;
    buffer.columnData[field.path.join()] = {
      values,
      dlevels: definitionLevels,
      rlevels: repetitionLevels,
      distinct_values: new Set(),
      count: definitionLevels.length,
    };
    buffer.pages[field.path.join()] = [];
  }
  return buffer;
}

/** The row groups already written share the `path` arrays. */
function giveRealNames(fields: readonly Field[], columns: readonly FileColumn[]): void {
  for (const field of fields) {
    const { name } = columns[Number(field.path[0]?.slice(1))]!;
    field.path[0] = name;
    if (field.path.length === 1) field.name = name;
  }
}
