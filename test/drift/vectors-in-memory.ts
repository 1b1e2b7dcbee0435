import * as linearAlgebra from 'ml-matrix';
import type { BaselineColumn } from '../../src/baseline/baseline.ts';
import { embeddingNull } from '../../src/baseline/embedding-null.ts';
import { principalComponents } from '../../src/baseline/principal-components.ts';
import { embeddingSpec } from '../../src/baseline/specs.ts';
import {
  EmbeddingAccumulator,
  type EmbeddingProfile,
  type EmbeddingSpec,
  type EmbeddingVector,
  MAX_COMPONENTS,
} from '../../src/profile/embedding.ts';
import { rowKeysOf } from '../../src/profile/row-key.ts';
import { SAMPLE_ROWS } from '../../src/profile/row-sample.ts';
import { SubspaceMeter } from '../../src/profile/subspace.ts';
import { choosesCategories } from '../../src/scan/row-hash.ts';

/** Embedding columns in memory, fitted and counted by the functions that fit and count files. */

/** Vectors of the same length, one after another. */
export function flatColumn(items: Float32Array, dimension: number): EmbeddingVector {
  const rows = items.length / dimension;
  const entries = BigUint64Array.from({ length: 2 * rows }, (_, at) =>
    BigInt(at % 2 === 0 ? (at / 2) * dimension : dimension),
  );
  return { as: 'embedding', entries, items, validity: undefined, itemValidity: undefined };
}

export function vectorColumn(vectors: readonly (readonly number[] | null)[]): EmbeddingVector {
  const entries = new BigUint64Array(2 * vectors.length);
  let offset = 0;
  vectors.forEach((vector, row) => {
    entries.set([BigInt(offset), BigInt(vector?.length ?? 0)], 2 * row);
    offset += vector?.length ?? 0;
  });
  const validity = new Uint32Array(Math.ceil(vectors.length / 32));
  vectors.forEach((vector, row) => {
    if (vector !== null) validity[row >>> 5] = (validity[row >>> 5] ?? 0) | (1 << (row & 31));
  });
  const items = Float32Array.from(vectors.flatMap((vector) => vector ?? []));
  return { as: 'embedding', entries, items, validity, itemValidity: undefined };
}

type Embedding = Extract<BaselineColumn, { type: 'embedding' }>;

/** The baseline of a column whose usable vectors have this length. */
export function embeddingBaseline(name: string, column: EmbeddingVector, dimension: number): Embedding {
  const rows = column.entries.length / 2;
  const isUsable = (row: number) => Number(column.entries[2 * row + 1]) === dimension;
  const ofHalf = (chooses: boolean) => {
    const chosen = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => isUsable(row) && choosesCategories(row) === chooses,
    );
    const values = new Float32Array(chosen.length * dimension);
    chosen.forEach((row, at) => {
      const offset = Number(column.entries[2 * row]);
      values.set(column.items.subarray(offset, offset + dimension), at * dimension);
    });
    return values;
  };
  const choosing = ofHalf(true);
  const sums = new Float64Array(dimension);
  choosing.forEach((value, at) => {
    sums[at % dimension] = (sums[at % dimension] ?? 0) + value;
  });
  const centroid = Float32Array.from(sums, (sum) => sum / Math.max(1, choosing.length / dimension));
  const principal = principalComponents(choosing, dimension, centroid, MAX_COMPONENTS, linearAlgebra);
  const subspace = { dimension, centroid, ...principal };
  const counting = ofHalf(false);
  const meter = new SubspaceMeter(subspace, 0);
  meter.measure(flatColumn(counting, dimension), undefined, new Float64Array(dimension), new Float64Array(dimension));
  const sorted = (values: Float64Array, start = 0) => values.slice(start, start + meter.rows).sort();
  const spec = embeddingSpec(name, subspace, {
    norms: sorted(meter.norms),
    cosines: sorted(meter.cosines),
    residuals: sorted(meter.residuals),
    scores: principal.variances.map((_, component) => sorted(meter.scores, component * meter.capacity)),
  });
  if (spec === undefined) throw new Error('no usable vector');
  const belongs = Uint8Array.from({ length: rows }, (_, row) => (choosesCategories(row) ? 0 : 1));
  return {
    type: 'embedding',
    role: 'feature',
    source: 'list of FLOAT',
    kind: 'number-list',
    spec,
    profile: embeddingProfile(spec, column, 'training', SAMPLE_ROWS, belongs),
    nullDistribution: embeddingNull(counting, centroid),
  };
}

/** `file`: whose rows they are. */
export function embeddingProfile(
  spec: EmbeddingSpec,
  column: EmbeddingVector,
  file = 'window',
  sampleRows?: number,
  belongs?: Uint8Array,
): EmbeddingProfile {
  const accumulator = new EmbeddingAccumulator(spec, sampleRows);
  accumulator.add(column, belongs, rowKeysOf(file, 0), 0);
  accumulator.endRowGroup();
  accumulator.endFile(new Map());
  return accumulator.profile();
}
