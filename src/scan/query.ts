import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { CategoryCodes } from './category-codes.ts';
import { asText, columnReference, mapValue, selectExpression } from './expressions.ts';
import { numberedRows, type RowNumbering, rowNumber } from './numbered-rows.ts';
import type { SourceColumn } from './source-columns.ts';
import type { FoundColumn, WantedColumn } from './wanted.ts';

/** A column that says whose row it is, and what it says in rows of the model asked for. */
export interface OwnerColumn {
  readonly source: SourceColumn;
  readonly value: string;
}

/** What to select from one file: `columns`, then whether the row belongs, where there are owners. */
export interface Query {
  readonly sql: string;
  readonly parameters: readonly string[];
  /** One for each wanted column; undefined for what the file lacks. */
  readonly columns: readonly (SelectedColumn | undefined)[];
  /** Position of the flags of rows that belong; undefined where all do. */
  readonly belongs: number | undefined;
}

/** `position`: among what the query selects. */
export type SelectedColumn =
  | { readonly as: Exclude<WantedColumn['as'], 'category'>; readonly position: number }
  /** Selected as its hash. */
  | { readonly as: 'category'; readonly position: number; readonly codes: CategoryCodes };

/** `$1` is the path. */
const READ = 'read_parquet($1, hive_partitioning = false, binary_as_string = false)';

/** A choice of rows by an SQL condition of a row's number in the file. */
export interface RowChoice {
  readonly numbering: RowNumbering;
  readonly condition: (row: string) => string;
}

/**
 * @param filler a column to decode where none is asked for: without any, DuckDB would take the footer's word for the number of
 * rows, and a forged one keeps it busy for ever
 */
export async function scanQuery(
  connection: DuckDBConnection,
  path: string,
  found: readonly FoundColumn[],
  owners: readonly OwnerColumn[],
  filler: SourceColumn,
  rows?: RowChoice,
): Promise<Query> {
  const parameters = [path];
  const selected: string[] = [];
  const columns: (SelectedColumn | undefined)[] = [];
  for (const { wanted, source, inMap } of found) {
    if (source === undefined) {
      columns.push(undefined);
      continue;
    }
    const expression = selectExpression(wanted, source, inMap, parameters.length + 1);
    const position = selected.length;
    if (wanted.as !== 'category') columns.push({ as: wanted.as, position });
    else columns.push({ as: 'category', position, codes: await codesOf(connection, wanted.values) });
    parameters.push(...expression.parameters);
    selected.push(expression.sql);
  }
  const belongs = owners.length > 0 ? selected.length : undefined;
  if (belongs !== undefined) {
    selected.push(`CAST(${ownerCondition(owners, parameters.length + 1)} AS UTINYINT)`);
    parameters.push(...owners.map(({ value }) => value));
  }
  if (selected.length === 0) selected.push(`hash(${columnReference(filler.path)})`);
  return { sql: `SELECT ${selected.join(', ')} FROM ${readOf(rows)}`, parameters, columns, belongs };
}

function readOf(rows: RowChoice | undefined): string {
  if (rows === undefined) return READ;
  return `${numberedRows(1, rows.numbering)} WHERE ${rows.condition(rowNumber(rows.numbering))}`;
}

/** SQL that is true for rows of the model asked for, and for rows that do not say whose they are. */
export function ownerCondition(owners: readonly OwnerColumn[], firstParameter: number): string {
  const conditions = owners.map(
    ({ source }, index) =>
      `coalesce(${asText(columnReference(source.path), source.kind)} = $${firstParameter + index}, true)`,
  );
  return conditions.join(' AND ');
}

/** For each list of values, made once a connection. */
const tables = new WeakMap<DuckDBConnection, WeakMap<readonly string[], CategoryCodes>>();

async function codesOf(connection: DuckDBConnection, values: readonly string[]): Promise<CategoryCodes> {
  const known = tables.get(connection) ?? new WeakMap<readonly string[], CategoryCodes>();
  tables.set(connection, known);
  const codes = known.get(values) ?? (await CategoryCodes.of(connection, values));
  known.set(values, codes);
  return codes;
}

/** Characters of a value that has no code: an example names it, and must not make a profile large. */
const EXAMPLE_LENGTH = 200;

/** Of a column's values that have no code, in rows that belong, the `limit` beginnings with the smallest MD5, and how often they occur. */
export async function otherValues(
  connection: DuckDBConnection,
  path: string,
  { wanted, source, inMap }: FoundColumn,
  owners: readonly OwnerColumn[],
  limit: number,
): Promise<{ value: string; count: number }[]> {
  if (source === undefined || wanted.as !== 'category') return [];
  const { LIST, VARCHAR, listValue } = await import('@duckdb/node-api');
  const parameters: DuckDBValue[] = [path, ...owners.map(({ value }) => value)];
  const column = columnReference(source.path);
  const value = inMap ? mapValue(source, wanted.name, parameters.length + 1) : { sql: column, parameters: [] };
  parameters.push(...value.parameters, listValue([...wanted.values]));
  const text = asText(value.sql, inMap ? source.valueKind : source.kind, wanted.boolean);
  const belongs = owners.length === 0 ? '' : ` AND ${ownerCondition(owners, 2)}`;
  // A long value is known by the hash of the whole of it, as in the scan, and told by its beginning: a query that carried
  // whole texts through a join would need room for them.
  const grouped =
    `SELECT left(${text}, ${EXAMPLE_LENGTH}) AS v, hash(${text}) AS h, count(*) AS n FROM ${READ} ` +
    `WHERE ${text} IS NOT NULL${belongs} GROUP BY ALL`;
  const known = `SELECT unnest(list_transform($${parameters.length}, lambda v: hash(v))) AS h`;
  const rows = await connection.runAndReadAll(
    `SELECT v, n FROM (SELECT v, sum(n)::DOUBLE AS n FROM (${grouped}) ANTI JOIN (${known}) USING (h) GROUP BY v) ` +
      `ORDER BY md5(v), v LIMIT ${limit}`,
    parameters,
    parameters.map((_, index) => (index === parameters.length - 1 ? LIST(VARCHAR) : VARCHAR)),
  );
  return rows.getRows().map(([found, count]) => ({ value: String(found), count: Number(count) }));
}

/** Characters of what a row is called: the beginning of a text says enough, and a profile must stay small. */
export const NAME_LENGTH = 200;

/** The text of one column in some rows, by row number; rows without one are left out. */
export async function rowNames(
  connection: DuckDBConnection,
  file: RowNumbering & { readonly path: string },
  source: SourceColumn,
  rows: readonly number[],
): Promise<Map<number, string>> {
  const text = asText(columnReference(source.path), source.kind);
  const row = rowNumber(file);
  const reader = await connection.runAndReadAll(
    `SELECT CAST(${row} AS DOUBLE), left(${text}, ${NAME_LENGTH}) FROM ${numberedRows(1, file)} ` +
      `WHERE ${row} IN (${rows.map((number) => Math.trunc(number)).join(', ')}) AND ${text} <> ''`,
    [file.path],
  );
  return new Map(reader.getRows().map(([number, name]) => [Number(number), String(name)]));
}
