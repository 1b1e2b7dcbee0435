import type { DuckDBConnection } from '@duckdb/node-api';
import { normAndCosine, visitVectors } from '../profile/embedding.ts';
import type { ColumnSpec } from '../profile/profile.ts';
import type { Batch } from '../scan/batches.ts';
import type { RowNumbering } from '../scan/numbered-rows.ts';
import { choosesCategories, sampler } from '../scan/row-hash.ts';
import { COLUMNS_AT_ONCE } from '../scan/scan-file.ts';
import { type ColumnPart, categoryCounts, commonLength } from '../scan/training-queries.ts';
import { isValid, type WantedColumn } from '../scan/wanted.ts';
import { categoricalSpec, embeddingSpec, MAX_VALUES, numericSpec } from './specs.ts';
import type { FileColumns, LeftOut, TrainingColumn } from './training-columns.ts';

/** A training file as far as fitting needs it. */
export interface TrainingPart extends FileColumns, RowNumbering {
  readonly path: string;
  readonly rows: number;
  /** Number of its first row among all training rows. */
  readonly firstRow: number;
}

export interface TrainingRows {
  readonly rows: number;
  /** Reads all batches once; `firstRow` counts over all files. */
  read(wanted: readonly WantedColumn[], visit: (batch: Batch, firstRow: number) => void): Promise<void>;
  /** Reads about `rows` of the rows, the same in every run, or all where there are no more. */
  sample(wanted: readonly WantedColumn[], rows: number, visit: (batch: Batch) => void): Promise<void>;
}

export interface FittedColumn {
  readonly column: TrainingColumn;
  readonly spec: ColumnSpec;
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
  const fitted = await fitNumbers(numeric, embeddings, training);
  for (const [column, spec] of fitted) specs.set(column, spec);

  const result: { columns: FittedColumn[]; leftOut: LeftOut[] } = { columns: [], leftOut: [] };
  for (const column of columns) {
    const spec = specs.get(column);
    if (typeof spec === 'object') result.columns.push({ column, spec });
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

interface Vectors {
  readonly column: TrainingColumn;
  readonly dimension: number | undefined;
}

/** Grids of numeric columns and of what is measured on embeddings; a reason where a column gives none. */
async function fitNumbers(
  numeric: readonly TrainingColumn[],
  embeddings: readonly Vectors[],
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
  if (embeddings.length > 0) await fitEmbeddings(embeddings, training, fitted);
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

async function fitEmbeddings(
  embeddings: readonly Vectors[],
  training: TrainingRows,
  fitted: Map<TrainingColumn, ColumnSpec | string>,
): Promise<void> {
  const wanted = embeddings.map(({ column: { name } }): WantedColumn => ({ as: 'embedding', name }));
  const sums = embeddings.map(({ dimension }) => new Float64Array(dimension ?? 0));
  await training.read(wanted, (batch, firstRow) => {
    const choosing = Uint8Array.from({ length: batch.rows }, (_, row) => (choosesCategories(firstRow + row) ? 1 : 0));
    sums.forEach((sum, index) => {
      eachVector(batch, index, choosing, sum.length, (vector) => {
        for (let at = 0; at < vector.length; at++) sum[at] = (sum[at] ?? 0) + (vector[at] ?? 0);
      });
    });
  });
  const centroids = sums.map((sum) => Float32Array.from(unit(sum)));
  const measured = embeddings.map(() => ({ norm: new Sample(), cosine: new Sample() }));
  const inSample = sampler(training.rows, SAMPLE_ROWS.most);
  await training.read(wanted, (batch, firstRow) => {
    const counting = Uint8Array.from({ length: batch.rows }, (_, row) =>
      !choosesCategories(firstRow + row) && inSample(firstRow + row) ? 1 : 0,
    );
    measured.forEach(({ norm, cosine }, index) => {
      const centroid = centroids[index] ?? new Float32Array();
      eachVector(batch, index, counting, centroid.length, (vector) => {
        const found = normAndCosine(vector, centroid);
        norm.push(found.norm);
        cosine.push(found.cosine);
      });
    });
  });
  embeddings.forEach(({ column }, index) => {
    const { norm, cosine } = measured[index] ?? { norm: new Sample(), cosine: new Sample() };
    const centroid = centroids[index] ?? new Float32Array();
    const spec = embeddingSpec(column.name, centroid, norm.sorted(), cosine.sorted());
    fitted.set(column, spec ?? 'no row holds a usable vector');
  });
}

/** The direction of the centroid is what matters; a unit vector keeps it apart from how many rows were summed. */
function unit(sum: Float64Array): Float64Array {
  const norm = Math.hypot(...sum);
  return norm > 0 ? sum.map((value) => value / norm) : sum;
}

function eachVector(
  batch: Batch,
  column: number,
  mask: Uint8Array,
  dimension: number,
  visit: (vector: Float32Array) => void,
): void {
  const vectors = batch.columns[column];
  if (vectors?.as !== 'embedding' || dimension === 0) return;
  visitVectors(vectors, mask, dimension, (vector) => {
    if (typeof vector === 'object') visit(vector);
  });
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
