import type { DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import { parquetSchema } from 'hyparquet';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import type { Engine } from './duckdb.ts';
import { asText, columnReference, selectExpression } from './expressions.ts';
import { type Footer, readFooter } from './footer.ts';
import { materialise } from './local-file.ts';
import { type SourceColumn, sourceColumns } from './source-columns.ts';
import { type ColumnVector, type FoundColumn, findColumns, type WantedColumn } from './wanted.ts';

/** Which rows belong: those whose columns, where the file has them, say nothing or say this. */
export interface RowOwner {
  readonly columns: { readonly name: string; readonly value: string }[];
}

export interface ScanRequest {
  readonly wanted: readonly WantedColumn[];
  readonly featuresColumn: string;
  readonly owner: RowOwner;
  /** Names of the top-level columns, where the file's own are not the real ones (a CSV file turned into Parquet). */
  readonly columnNames?: readonly string[];
}

/** Rows of one row group, at most a DuckDB vector of them. */
export interface Batch {
  readonly rows: number;
  /** 1 for each row that belongs to the model asked for; undefined when all do. */
  readonly belongs: Uint8Array | undefined;
  /** In the order of `ScanRequest.wanted`. */
  readonly columns: readonly ColumnVector[];
  /** The last batch of its row group: the place to round sums. */
  readonly endsRowGroup: boolean;
}

/** What a file's footer tells before a row is read. */
export interface OpenedFile {
  readonly object: ObjectInfo;
  /** Where DuckDB finds it until it is closed. */
  readonly path: string;
  readonly rows: number;
  /** Top-level columns. */
  readonly width: number;
  readonly sources: readonly SourceColumn[];
  readonly found: readonly FoundColumn[];
  /** Streams the batches in row order. Rejects when the file cannot be decoded. */
  batches(): AsyncGenerator<Batch>;
  /** Of values that have no code, the `limit` with the smallest MD5, and how often they occur. */
  otherValues(column: number, limit: number): Promise<{ readonly value: string; readonly count: number }[]>;
  /** Bytes fetched from a remote storage. */
  readonly bytesFetched: number;
  close(): Promise<void>;
}

/** Opens a Parquet object for one scan. Rejects with what is wrong with it; storage errors pass through. */
export async function openFile(
  engine: Engine,
  store: ObjectStore,
  object: ObjectInfo,
  request: ScanRequest,
): Promise<OpenedFile> {
  const footer = await readFooter(store, object);
  const sources = sourceColumns(footer.metadata, request.featuresColumn, request.columnNames);
  const found = findColumns(request.wanted, sources, request.featuresColumn);
  const owners = request.owner.columns.flatMap(({ name, value }) => {
    const source = sources.find((candidate) => candidate.name === name);
    return source === undefined ? [] : [{ source, value }];
  });
  const leaves = leavesOf([...found.flatMap(({ source }) => source ?? []), ...owners.map(({ source }) => source)]);
  const file = await materialise(engine, store, object, footer, leaves);
  const query = await prepareQuery(engine.connection, file.path, found, owners);
  return {
    object,
    path: file.path,
    rows: footer.rows,
    width: parquetSchema(footer.metadata).children.length,
    sources,
    found,
    bytesFetched: file.bytesFetched,
    batches: () => streamBatches(engine.connection, query, footer),
    otherValues: (column, limit) => otherValues(engine.connection, query, file.path, found[column], limit),
    close: () => file.dispose(),
  };
}

function leavesOf(sources: readonly SourceColumn[]): Set<number> {
  const leaves = new Set<number>();
  for (const {
    leaves: [from, to],
  } of sources)
    for (let leaf = from; leaf < to; leaf++) leaves.add(leaf);
  return leaves;
}

/** `$1` is the path. */
export const READ = 'read_parquet($1, hive_partitioning = false, binary_as_string = false)';

interface Query {
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly found: readonly FoundColumn[];
  readonly enumNames: readonly string[];
  readonly hasOwner: boolean;
  readonly ownerSql: string;
  readonly ownerValues: readonly string[];
}

async function prepareQuery(
  connection: DuckDBConnection,
  path: string,
  found: readonly FoundColumn[],
  owners: readonly { source: SourceColumn; value: string }[],
): Promise<Query> {
  const parameters: string[] = [path];
  const ownerValues = owners.map(({ value }) => value);
  const ownerCondition = (first: number) =>
    owners
      .map(
        ({ source }, index) =>
          `coalesce(${asText(columnReference(source.path), source.kind)} = $${first + index}, true)`,
      )
      .join(' AND ');
  const selected: string[] = [];
  const enumNames: string[] = [];
  for (const { wanted, source, inMap } of found) {
    const enumName = wanted.as === 'category' ? await enumOf(connection, wanted.values) : '';
    enumNames.push(enumName);
    const expression = selectExpression(wanted, source, inMap, enumName, parameters.length + 1);
    parameters.push(...expression.parameters);
    selected.push(expression.sql);
  }
  if (owners.length > 0) {
    selected.push(`CAST(${ownerCondition(parameters.length + 1)} AS UTINYINT)`);
    parameters.push(...ownerValues);
  }
  const columns = selected.length > 0 ? selected.join(', ') : '1::UTINYINT';
  return {
    sql: `SELECT ${columns} FROM ${READ}`,
    parameters,
    found,
    enumNames,
    hasOwner: owners.length > 0,
    ownerSql: ownerCondition(2),
    ownerValues,
  };
}

/** One ENUM type for each list of values, made once a connection; values are bound, never part of SQL. */
const enums = new WeakMap<DuckDBConnection, Map<readonly string[], string>>();

async function enumOf(connection: DuckDBConnection, values: readonly string[]): Promise<string> {
  const known = enums.get(connection) ?? new Map<readonly string[], string>();
  enums.set(connection, known);
  const existing = known.get(values);
  if (existing !== undefined) return existing;
  const { LIST, VARCHAR, listValue } = await import('@duckdb/node-api');
  const name = `category_${known.size}`;
  await connection.run(`CREATE TYPE ${name} AS ENUM (SELECT unnest($1))`, [listValue([...values])], [LIST(VARCHAR)]);
  known.set(values, name);
  return name;
}

async function* streamBatches(connection: DuckDBConnection, query: Query, footer: Footer): AsyncGenerator<Batch> {
  const borders = rowGroupEnds(footer);
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
  if (row !== footer.rows) throw new Error(`the footer promises ${footer.rows} rows and ${row} could be read`);
}

function rowGroupEnds(footer: Footer): number[] {
  let end = 0;
  return footer.metadata.row_groups.map((group) => {
    end += Number(group.num_rows);
    return end;
  });
}

function batchOf(chunk: DuckDBDataChunk, query: Query, start: number, rows: number, endsRowGroup: boolean): Batch {
  const columns = query.found.map(({ wanted }, index) => vectorOf(wanted, chunk.getColumnVector(index), start, rows));
  const flags = query.hasOwner ? typedItems(chunk.getColumnVector(query.found.length), Uint8Array) : undefined;
  return { rows, belongs: flags?.subarray(start, start + rows), columns, endsRowGroup };
}

function vectorOf(wanted: WantedColumn, vector: DuckDBVector, start: number, rows: number): ColumnVector {
  const end = start + rows;
  switch (wanted.as) {
    case 'numeric':
      return {
        as: 'numeric',
        values: typedItems(vector, Float64Array).subarray(start, end),
        validity: validityOf(vector, start, rows),
      };
    case 'category':
      return { as: 'category', codes: typedItems(vector, Uint16Array).subarray(start, end) };
    case 'embedding': {
      const { entryData, childData } = vector as unknown as ListVector;
      return {
        as: 'embedding',
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

async function otherValues(
  connection: DuckDBConnection,
  query: Query,
  path: string,
  column: FoundColumn | undefined,
  limit: number,
): Promise<{ value: string; count: number }[]> {
  if (column?.source === undefined || column.wanted.as !== 'category') return [];
  const enumName = query.enumNames[query.found.indexOf(column)] ?? '';
  const parameters = [path, ...query.ownerValues];
  const inMapValue = `map_extract_value(${columnReference(column.source.path)}, $${parameters.length + 1}::VARCHAR)`;
  const value = column.inMap ? inMapValue : columnReference(column.source.path);
  const kind = column.inMap ? column.source.valueKind : column.source.kind;
  const text = asText(value, kind, column.wanted.boolean);
  const owned = query.hasOwner ? ` AND ${query.ownerSql}` : '';
  const sql =
    `SELECT ${text} AS v, count(*)::DOUBLE AS n FROM ${READ} WHERE ${value} IS NOT NULL AND TRY_CAST(${text} AS ${enumName}) IS NULL${owned} ` +
    `GROUP BY v ORDER BY md5(v), v LIMIT ${limit}`;
  const rows = await connection.runAndReadAll(sql, column.inMap ? [...parameters, column.wanted.name] : parameters);
  return rows.getRows().map(([text, count]) => ({ value: String(text), count: Number(count) }));
}
