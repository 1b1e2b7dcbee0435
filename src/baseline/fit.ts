import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnSpec } from '../profile/profile.ts';
import type { Batch } from '../scan/batches.ts';
import type { RowNumbering } from '../scan/numbered-rows.ts';
import { COLUMNS_AT_ONCE } from '../scan/scan-file.ts';
import { type ColumnPart, categoryCounts, commonLength } from '../scan/training-queries.ts';
import { isValid, type WantedColumn } from '../scan/wanted.ts';
import type { EmbeddingNull } from './embedding-null.ts';
import { fitEmbeddings, type VectorRows } from './fit-embeddings.ts';
import { categoricalSpec, MAX_VALUES, numericSpec } from './specs.ts';
import type { FileColumns, LeftOut, TrainingColumn } from './training-columns.ts';

/** A training file as far as fitting needs it. */
export interface TrainingPart extends FileColumns, RowNumbering {
  readonly path: string;
  readonly rows: number;
  /** Number of its first row among all training rows. */
  readonly firstRow: number;
}

export interface TrainingRows extends VectorRows {
  /** Reads about `rows` of the rows, the same in every run, or all where there are no more. */
  sample(wanted: readonly WantedColumn[], rows: number, visit: (batch: Batch) => void): Promise<void>;
}

export interface FittedColumn {
  readonly column: TrainingColumn;
  readonly spec: ColumnSpec;
  /** Of an embedding. */
  readonly nullDistribution: EmbeddingNull | undefined;
}

/** Numbers held in memory at once to find quantiles: 24 MB, and twice that while they are sorted. */
const SAMPLE_VALUES = 3_000_000;
const SAMPLE_ROWS = { least: 5_000, most: 1_000_000 };

/** Text that is unique in this share of at least so many rows is an id and no category, unless the configuration says so. */
const ID_LIKE = { rows: 100, share: 0.99 };

/** How each column is to be counted: grids from quantiles, values by frequency, directions from the choosing half. */
export async function fitColumns(
  connection: DuckDBConnection,
  columns: readonly TrainingColumn[],
  files: readonly TrainingPart[],
  training: TrainingRows,
): Promise<{ columns: FittedColumn[]; leftOut: LeftOut[] }> {
  const specs = new Map<TrainingColumn, ColumnSpec | string>();
  for (const column of columns) {
    if (column.type === 'categorical')
      specs.set(column, await fitCategories(connection, column, columnParts(column, files)));
  }
  const numeric = columns.filter(({ type }) => type === 'numeric');
  const embeddings = await Promise.all(
    columns
      .filter(({ type }) => type === 'embedding')
      .map(async (column) => ({ column, dimension: await commonLength(connection, columnParts(column, files)) })),
  );
  for (const [column, spec] of await fitNumbers(numeric, training)) specs.set(column, spec);
  const nulls = new Map<TrainingColumn, EmbeddingNull>();
  for (const [column, fitted] of await fitEmbeddings(embeddings, training)) {
    specs.set(column, typeof fitted === 'string' ? fitted : fitted.spec);
    if (typeof fitted === 'object') nulls.set(column, fitted.nullDistribution);
  }

  const result: { columns: FittedColumn[]; leftOut: LeftOut[] } = { columns: [], leftOut: [] };
  for (const column of columns) {
    const spec = specs.get(column);
    if (typeof spec === 'object') result.columns.push({ column, spec, nullDistribution: nulls.get(column) });
    else result.leftOut.push({ name: column.name, source: column.source, reason: spec ?? 'no value that can be used' });
  }
  return result;
}

function columnParts(column: TrainingColumn, files: readonly TrainingPart[]): ColumnPart[] {
  return files.flatMap(({ path, firstRow, width, takesRowNumber }, index) => {
    const part = column.parts[index];
    if (part === undefined) return [];
    const mapKey = part.inMap ? column.name : undefined;
    return [{ path, firstRow, width, takesRowNumber, source: part.source, mapKey }];
  });
}

async function fitCategories(
  connection: DuckDBConnection,
  { name, kind, role, asked }: TrainingColumn,
  parts: readonly ColumnPart[],
): Promise<ColumnSpec | string> {
  const { present, distinct, values } = await categoryCounts(connection, parts, 2 * MAX_VALUES);
  if (present === 0) return 'every value is missing';
  if (role === 'feature' && !asked && present >= ID_LIKE.rows && distinct >= ID_LIKE.share * present) {
    return `looks like an id: ${distinct} different values in ${present} rows`;
  }
  return categoricalSpec(name, kind === 'boolean', values, distinct);
}

/** Grids of numeric columns; a reason where a column gives none. */
async function fitNumbers(
  numeric: readonly TrainingColumn[],
  training: TrainingRows,
): Promise<Map<TrainingColumn, ColumnSpec | string>> {
  const fitted = new Map<TrainingColumn, ColumnSpec | string>();
  const keptRows = Math.min(SAMPLE_ROWS.most, Math.max(SAMPLE_ROWS.least, SAMPLE_VALUES / Math.max(1, numeric.length)));
  for (const columns of inGroups(numeric)) {
    const samples = columns.map(() => new Sample());
    const wanted = columns.map(
      ({ name, kind }): WantedColumn => ({ as: 'numeric', name, temporal: kind === 'temporal' }),
    );
    await training.sample(wanted, keptRows, (batch) => {
      for (const [index, sample] of samples.entries()) sample.add(batch.columns[index]);
    });
    columns.forEach((column, index) => {
      const sorted = samples[index]?.sorted() ?? new Float64Array();
      const spec = numericSpec(column.name, column.kind === 'temporal', column.precision, sorted);
      fitted.set(column, spec ?? 'no value is a finite number');
    });
  }
  return fitted;
}

/** How often `fitColumns` reads all rows. */
export function readsToFit(columns: readonly TrainingColumn[]): number {
  const numeric = columns.filter(({ type }) => type === 'numeric');
  return inGroups(numeric).length + (columns.some(({ type }) => type === 'embedding') ? 2 : 0);
}

/** Columns that are read at once: each that DuckDB decodes takes some memory, whatever is in it. */
function inGroups(columns: readonly TrainingColumn[]): TrainingColumn[][] {
  const groups: TrainingColumn[][] = [];
  for (let from = 0; from < columns.length; from += COLUMNS_AT_ONCE)
    groups.push(columns.slice(from, from + COLUMNS_AT_ONCE));
  return groups;
}

/** Finite values of a column, in growing blocks. */
class Sample {
  #values = new Float64Array(1024);
  #length = 0;

  push(value: number): void {
    if (!Number.isFinite(value)) return;
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(2 * this.#length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  add(column: Batch['columns'][number]): void {
    if (column?.as !== 'numeric') return;
    for (const [row, value] of column.values.entries()) if (isValid(column.validity, row)) this.push(value);
  }

  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort();
  }
}
