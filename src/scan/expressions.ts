import type { SourceColumn, SourceKind } from './source-columns.ts';
import type { WantedColumn } from './wanted.ts';

/** An SQL expression over columns by position; `parameters` are bound as `$n` beginning with `firstParameter`. */
export interface Expression {
  readonly sql: string;
  readonly parameters: readonly string[];
}

/** The column itself, by position: `struct_extract_at(#3, 2)`. */
export function columnReference(path: readonly number[]): string {
  const [position, ...fields] = path;
  return fields.reduce((sql, field) => `struct_extract_at(${sql}, ${field})`, `#${position}`);
}

/** The value of one key of a map column. */
export function mapValue(source: SourceColumn, key: string, parameter: number): Expression {
  return { sql: `map_extract_value(${columnReference(source.path)}, $${parameter}::VARCHAR)`, parameters: [key] };
}

/** `value` as a DOUBLE; what cannot be read as one is NULL. Text without an offset is taken for UTC. */
export function asDouble(value: string, kind: SourceKind, temporal: boolean): string {
  switch (kind) {
    case 'number':
    case 'boolean':
    case 'null':
      return `TRY_CAST(${value} AS DOUBLE)`;
    case 'temporal':
      return `epoch(${value})`;
    case 'text':
    case 'binary': {
      const text = asText(value, kind);
      const number = `TRY_CAST(${text} AS DOUBLE)`;
      return temporal ? `coalesce(${number}, epoch(TRY_CAST(${text} AS TIMESTAMPTZ)))` : number;
    }
    default:
      return 'NULL::DOUBLE';
  }
}

/**
 * `value` as text, whole numbers without a fraction so that 1 and 1.0 are the same category; NULL where it has no text.
 * `boolean`: numbers and texts are read as booleans, where they can be.
 */
export function asText(value: string, kind: SourceKind, boolean = false): string {
  switch (kind) {
    case 'number':
      // DuckDB takes NaN for true.
      return boolean
        ? `CASE WHEN NOT isnan(CAST(${value} AS DOUBLE)) THEN CAST(CAST(${value} AS BOOLEAN) AS VARCHAR) END`
        : numberAsText(value);
    case 'text':
      return boolean
        ? `coalesce(CAST(TRY_CAST(${value} AS BOOLEAN) AS VARCHAR), ${value})`
        : `CAST(${value} AS VARCHAR)`;
    case 'binary':
      // Old writers leave out the annotation that makes bytes a text; bytes that are no UTF-8 keep DuckDB's escaped form.
      return `coalesce(TRY(decode(${value})), CAST(${value} AS VARCHAR))`;
    case 'number-list':
    case 'map':
    case 'unsupported':
      return 'NULL::VARCHAR';
    default:
      return `CAST(${value} AS VARCHAR)`;
  }
}

/** Zeros at a fraction's end go, which decimals have: 1.50 is 1.5. */
function numberAsText(value: string): string {
  const number = `CAST(${value} AS DOUBLE)`;
  const isWhole = `abs(${number}) < 1e15 AND ${number} = trunc(${number})`;
  const fraction = `regexp_replace(CAST(${value} AS VARCHAR), '(\\.[0-9]*[1-9])0+$|\\.0+$', '\\1')`;
  return `CASE WHEN ${isWhole} THEN CAST(CAST(${value} AS BIGINT) AS VARCHAR) ELSE ${fraction} END`;
}

/** What a scan selects for a column: DOUBLE, the UBIGINT hash of a category, a UTINYINT flag, or FLOAT[]. */
export function selectExpression(
  wanted: WantedColumn,
  source: SourceColumn,
  inMap: boolean,
  parameter: number,
): Expression {
  const value = inMap
    ? mapValue(source, wanted.name, parameter)
    : { sql: columnReference(source.path), parameters: [] };
  const kind = inMap ? source.valueKind : source.kind;
  switch (wanted.as) {
    case 'numeric':
      return { ...value, sql: asDouble(value.sql, kind, wanted.temporal) };
    case 'category':
      return { ...value, sql: `hash(${asText(value.sql, kind, wanted.boolean)})` };
    case 'presence':
      return { ...value, sql: `CAST(${value.sql} IS NOT NULL AS UTINYINT)` };
    case 'embedding':
      return kind === 'number-list' || kind === 'null'
        ? { ...value, sql: `TRY_CAST(${value.sql} AS FLOAT[])` }
        : { sql: 'NULL::FLOAT[]', parameters: [] };
  }
}
