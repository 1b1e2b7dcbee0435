import type { DuckDBConnection } from '@duckdb/node-api';
import { asText, columnReference } from './expressions.ts';
import { numberedRows, type RowNumbering, rowNumber } from './numbered-rows.ts';
import { rowHashSql } from './row-hash.ts';
import type { SourceColumn } from './source-columns.ts';

/** Questions about whole training columns that DuckDB answers best: it groups, and spills where memory does not suffice. */

/** A column in one of the training files. */
export interface ColumnPart extends RowNumbering {
  readonly path: string;
  readonly source: SourceColumn;
  /** Set where the column is a key of a map. */
  readonly mapKey: string | undefined;
  /** Number of the file's first row among all training rows. */
  readonly firstRow: number;
}

export interface CategoryCount {
  readonly value: string;
  /** Rows in the half that chooses categories, and in the other one. */
  readonly choosing: number;
  readonly counting: number;
}

/** The most frequent `limit` values of a column by their rows in the choosing half, and how many there are. */
export async function categoryCounts(
  connection: DuckDBConnection,
  parts: readonly ColumnPart[],
  limit: number,
): Promise<{ present: number; distinct: number; values: CategoryCount[] }> {
  const selected = unionOf(parts, (part, value, kind) => {
    const row = `${rowNumber(part)} + ${part.firstRow}`;
    return `SELECT ${asText(value, kind)} AS v, ${rowHashSql(`(${row})`)} & 1 AS half`;
  });
  const counted = 'count(*) FILTER (half = 0)::DOUBLE AS a, count(*) FILTER (half = 1)::DOUBLE';
  const rows = await rowsOf(
    connection,
    `SELECT v, ${counted}, sum(count(*)) OVER ()::DOUBLE, count(*) OVER ()::DOUBLE FROM (${selected.sql}) ` +
      `WHERE v IS NOT NULL GROUP BY v ORDER BY a DESC, v LIMIT ${limit}`,
    selected.parameters,
  );
  return {
    present: Number(rows[0]?.[3] ?? 0),
    distinct: Number(rows[0]?.[4] ?? 0),
    values: rows.map(([value, choosing, counting]) => ({
      value: String(value),
      choosing: Number(choosing),
      counting: Number(counting),
    })),
  };
}

/** The length that most lists of a column have; undefined without any list. */
export async function commonLength(
  connection: DuckDBConnection,
  parts: readonly ColumnPart[],
): Promise<number | undefined> {
  const selected = unionOf(parts, (_part, value) => `SELECT len(${value}) AS n`);
  const [row] = await rowsOf(
    connection,
    `SELECT n::DOUBLE FROM (${selected.sql}) WHERE n > 0 GROUP BY n ORDER BY count(*) DESC, n LIMIT 1`,
    selected.parameters,
  );
  return row === undefined ? undefined : Number(row[0]);
}

/** The keys of a map column in a file, sorted. */
export async function mapKeys(connection: DuckDBConnection, path: string, source: SourceColumn): Promise<string[]> {
  const keys = `SELECT DISTINCT unnest(map_keys(${columnReference(source.path)})) AS k`;
  const rows = await rowsOf(
    connection,
    `${keys} FROM read_parquet($1, hive_partitioning = false, binary_as_string = false) ORDER BY k`,
    [path],
  );
  return rows.map(([key]) => String(key));
}

function unionOf(
  parts: readonly ColumnPart[],
  select: (part: ColumnPart, value: string, kind: SourceColumn['kind']) => string,
): { sql: string; parameters: string[] } {
  const parameters: string[] = [];
  const selects = parts.map((part) => {
    parameters.push(part.path);
    const pathParameter = parameters.length;
    let value = columnReference(part.source.path);
    if (part.mapKey !== undefined) {
      parameters.push(part.mapKey);
      value = `map_extract_value(${value}, $${parameters.length}::VARCHAR)`;
    }
    const kind = part.mapKey === undefined ? part.source.kind : part.source.valueKind;
    return `${select(part, value, kind)} FROM ${numberedRows(pathParameter, part)}`;
  });
  return { sql: selects.join(' UNION ALL '), parameters };
}

async function rowsOf(connection: DuckDBConnection, sql: string, parameters: readonly string[]) {
  const reader = await connection.runAndReadAll(sql, [...parameters]);
  return reader.getRows();
}
