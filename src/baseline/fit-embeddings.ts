import { type EmbeddingSpec, MAX_COMPONENTS, visitVectors } from '../profile/embedding.ts';
import { SAMPLE_ROWS } from '../profile/row-sample.ts';
import { type Subspace, SubspaceMeter } from '../profile/subspace.ts';
import type { Batch } from '../scan/batches.ts';
import { choosesCategories, sampler } from '../scan/row-hash.ts';
import type { WantedColumn } from '../scan/wanted.ts';
import { type EmbeddingNull, embeddingNull } from './embedding-null.ts';
import { type PrincipalComponents, principalComponents } from './principal-components.ts';
import { embeddingSpec, type Measured } from './specs.ts';
import type { TrainingColumn } from './training-columns.ts';

/** How the rows of the training data are read; `firstRow` counts over all files. */
export interface VectorRows {
  readonly rows: number;
  read(wanted: readonly WantedColumn[], visit: (batch: Batch, firstRow: number) => void): Promise<void>;
}

export interface Vectors {
  readonly column: TrainingColumn;
  /** Undefined where no row holds a list. */
  readonly dimension: number | undefined;
}

export interface FittedEmbedding {
  readonly spec: EmbeddingSpec;
  readonly nullDistribution: EmbeddingNull;
}

/** Dimensions that are watched. */
const LEAST_DIMENSION = 2;
export const MAX_DIMENSION = 4096;

/** Coordinates held in memory at once to find components, 16 MB, over all embeddings; so many rows of each at least. */
const COMPONENT_VALUES = 4_000_000;
const COMPONENT_ROWS = 1024;
/** Measured numbers held in memory at once to find quantiles: 24 MB. */
const GRID_VALUES = 3_000_000;
const GRID_ROWS = 5_000;

/**
 * How embeddings are to be counted, in two readings: centroid and components from one half of the rows (the components from a
 * sample of it), grids and null distribution from the other half; fitted and counted on the same rows, a window without drift
 * would look different. A reason where a column gives nothing to watch.
 */
export async function fitEmbeddings(
  embeddings: readonly Vectors[],
  training: VectorRows,
): Promise<Map<TrainingColumn, FittedEmbedding | string>> {
  const fitted = new Map<TrainingColumn, FittedEmbedding | string>();
  const watched = embeddings.flatMap(({ column, dimension }) => {
    const reason = whyNot(dimension);
    if (reason !== undefined) fitted.set(column, reason);
    return reason === undefined && dimension !== undefined ? [{ column, dimension }] : [];
  });
  if (watched.length === 0) return fitted;
  const wanted = watched.map(({ column: { name } }): WantedColumn => ({ as: 'embedding', name }));
  const share = (values: number) => values / watched.length;

  const choosing = watched.map(({ dimension }) => {
    const rows = Math.max(COMPONENT_ROWS, Math.floor(share(COMPONENT_VALUES) / dimension));
    return {
      dimension,
      sums: new Float64Array(dimension),
      rows: 0,
      kept: new KeptVectors(dimension, training.rows, 2 * rows),
    };
  });
  await training.read(wanted, (batch, firstRow) => {
    const mask = half(batch, firstRow, true);
    choosing.forEach((state, index) => {
      eachVector(batch, index, mask, state.dimension, (vector, row) => {
        state.rows += 1;
        for (let at = 0; at < vector.length; at++) state.sums[at]! += vector[at]!;
        state.kept.offer(vector, firstRow + row);
      });
    });
  });

  const linearAlgebra = await import('ml-matrix');
  const counting: CountingState[] = [];
  for (const { dimension, sums, rows, kept } of choosing) {
    const centroid = Float32Array.from(sums, (sum) => (rows > 0 ? sum / rows : 0));
    const principal = principalComponents(kept.values(), dimension, centroid, MAX_COMPONENTS, linearAlgebra);
    const subspace = { dimension, centroid, ...principal };
    const width = 3 + principal.variances.length;
    const gridRows = Math.max(GRID_ROWS, share(GRID_VALUES) / width);
    counting.push({
      subspace,
      meter: new SubspaceMeter(subspace, 0),
      inSample: sampler(training.rows, 2 * gridRows),
      columns: Array.from({ length: width }, () => new NumberList()),
      unused: [new Float64Array(dimension), new Float64Array(dimension)],
      kept: new KeptVectors(dimension, training.rows, 2 * SAMPLE_ROWS),
    });
  }
  await training.read(wanted, (batch, firstRow) => {
    const mask = half(batch, firstRow, false);
    counting.forEach(({ meter, columns, inSample, unused, kept, subspace }, index) => {
      const vectors = batch.columns[index];
      if (vectors?.as !== 'embedding') return;
      const chosen = mask.map((flag, row) => (flag === 1 && inSample(firstRow + row) ? 1 : 0));
      meter.measure(vectors, chosen, ...unused);
      const [norms, cosines, residuals, ...scores] = columns;
      norms?.push(meter.norms, meter.rows);
      cosines?.push(meter.cosines, meter.rows);
      residuals?.push(meter.residuals, meter.rows);
      scores.forEach((score, component) => {
        score.push(meter.scores.subarray(component * meter.capacity), meter.rows);
      });
      eachVector(batch, index, mask, subspace.dimension, (vector, row) => kept.offer(vector, firstRow + row));
    });
  });
  watched.forEach(({ column }, index) => {
    const state = counting[index];
    const spec = state && embeddingSpec(column.name, state.subspace, measuredOf(state.columns));
    if (state === undefined || spec === undefined) fitted.set(column, 'no row holds a usable vector');
    else fitted.set(column, { spec, nullDistribution: embeddingNull(state.kept.values(), state.subspace.centroid) });
  });
  return fitted;
}

/** What is gathered of one embedding from the half that counts. */
interface CountingState {
  readonly subspace: Subspace & PrincipalComponents;
  readonly meter: SubspaceMeter;
  readonly inSample: (row: number) => boolean;
  /** Norms, cosines, residual norms, and the scores of each component. */
  readonly columns: readonly NumberList[];
  /** Neither is needed, but the meter adds them up. */
  readonly unused: readonly [sums: Float64Array, squares: Float64Array];
  readonly kept: KeptVectors;
}

function whyNot(dimension: number | undefined): string | undefined {
  if (dimension === undefined) return 'no row holds a usable vector';
  if (dimension >= LEAST_DIMENSION && dimension <= MAX_DIMENSION) return undefined;
  return `lists of ${dimension} numbers: embeddings have ${LEAST_DIMENSION} to ${MAX_DIMENSION} dimensions`;
}

/** 1 for each row of the half that chooses, or of the other one. */
function half(batch: Batch, firstRow: number, chooses: boolean): Uint8Array {
  return Uint8Array.from({ length: batch.rows }, (_, row) => (choosesCategories(firstRow + row) === chooses ? 1 : 0));
}

function eachVector(
  batch: Batch,
  column: number,
  mask: Uint8Array,
  dimension: number,
  visit: (vector: Float32Array, row: number) => void,
): void {
  const vectors = batch.columns[column];
  if (vectors?.as === 'embedding') visitVectors(vectors, mask, dimension, visit);
}

function measuredOf([norms, cosines, residuals, ...scores]: readonly NumberList[]): Measured {
  const sorted = (list: NumberList | undefined) => list?.sorted() ?? new Float64Array();
  return { norms: sorted(norms), cosines: sorted(cosines), residuals: sorted(residuals), scores: scores.map(sorted) };
}

/** Vectors of about so many of all training rows, the same in every run. */
class KeptVectors {
  readonly #isKept: (row: number) => boolean;
  readonly #dimension: number;
  #values: Float32Array;
  #length = 0;

  constructor(dimension: number, rows: number, wanted: number) {
    this.#dimension = dimension;
    this.#isKept = sampler(rows, wanted);
    this.#values = new Float32Array(64 * dimension);
  }

  offer(vector: Float32Array, row: number): void {
    if (!this.#isKept(row)) return;
    if (this.#length + this.#dimension > this.#values.length) {
      const grown = new Float32Array(2 * this.#values.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(vector, this.#length);
    this.#length += this.#dimension;
  }

  values(): Float32Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** Numbers in growing blocks. */
class NumberList {
  #values = new Float64Array(1024);
  #length = 0;

  /** Adds the first `count` of `numbers`. */
  push(numbers: Float64Array, count: number): void {
    while (this.#length + count > this.#values.length) {
      const grown = new Float64Array(2 * this.#values.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(numbers.subarray(0, count), this.#length);
    this.#length += count;
  }

  sorted(): Float64Array {
    return this.#values.slice(0, this.#length).sort();
  }
}
