import type { DuckDBConnection } from '@duckdb/node-api';
import { asText, columnReference, mapValue, selectExpression } from './expressions.ts';
import type { SourceColumn } from './source-columns.ts';
import type { FoundColumn } from './wanted.ts';

/** A column that says whose row it is, and what it says in rows of the model asked for. */
export interface OwnerColumn {
  readonly source: SourceColumn;
  readonly value: string;
}

/** What to select from one file: a column for each of `found`, then whether the row belongs, where there are owners. */
export interface Query {
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly found: readonly FoundColumn[];
  readonly owners: readonly OwnerColumn[];
}

/** `$1` is the path. */
const READ = 'read_parquet($1, hive_partitioning = false, binary_as_string = false)';

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
): Promise<Query> {
  const parameters = [path];
  const selected: string[] = [];
  for (const { wanted, source, inMap } of found) {
    const enumName = wanted.as === 'category' ? await enumOf(connection, wanted.values) : '';
    const expression = selectExpression(wanted, source, inMap, enumName, parameters.length + 1);
    parameters.push(...expression.parameters);
    selected.push(expression.sql);
  }
  if (owners.length > 0) {
    selected.push(`CAST(${ownerCondition(owners, parameters.length + 1)} AS UTINYINT)`);
    parameters.push(...owners.map(({ value }) => value));
  }
  const decodesNothing = owners.length === 0 && found.every(({ source }) => source === undefined);
  if (decodesNothing) selected.push(`hash(${columnReference(filler.path)})`);
  return { sql: `SELECT ${selected.join(', ')} FROM ${READ}`, parameters, found, owners };
}

function ownerCondition(owners: readonly OwnerColumn[], firstParameter: number): string {
  const conditions = owners.map(
    ({ source }, index) =>
      `coalesce(${asText(columnReference(source.path), source.kind)} = $${firstParameter + index}, true)`,
  );
  return conditions.join(' AND ');
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
  const enumName = await enumOf(connection, wanted.values);
  const parameters = [path, ...owners.map(({ value }) => value)];
  const column = columnReference(source.path);
  const value = inMap ? mapValue(source, wanted.name, parameters.length + 1) : { sql: column, parameters: [] };
  const text = asText(value.sql, inMap ? source.valueKind : source.kind, wanted.boolean);
  const belongs = owners.length === 0 ? '' : ` AND ${ownerCondition(owners, 2)}`;
  // Grouped first, as there are fewer values than rows. A long value is known by the whole of it, and told by its beginning.
  const isKnown = `CASE WHEN length(${text}) > ${EXAMPLE_LENGTH} THEN TRY_CAST(${text} AS ${enumName}) IS NOT NULL ELSE false END`;
  const grouped =
    `SELECT left(${text}, ${EXAMPLE_LENGTH}) AS v, ${isKnown} AS known, count(*) AS n FROM ${READ} ` +
    `WHERE ${text} IS NOT NULL${belongs} GROUP BY ALL`;
  const rows = await connection.runAndReadAll(
    `SELECT v, n::DOUBLE FROM (${grouped}) WHERE NOT known AND TRY_CAST(v AS ${enumName}) IS NULL ` +
      `ORDER BY md5(v), v LIMIT ${limit}`,
    [...parameters, ...value.parameters],
  );
  return rows.getRows().map(([found, count]) => ({ value: String(found), count: Number(count) }));
}
