import { type EmbeddingProfile, sampleUnit } from '../profile/embedding.ts';

/** Sampled rows as points: their coordinates along the components, and last their distance from the subspace. */
export interface Points {
  readonly rows: number;
  readonly dimension: number;
  readonly values: Float64Array;
}

/** At most `most` of the sampled rows, those with the smallest hashes: a uniform sample as well. */
export function pointsOf({ spec, sample }: EmbeddingProfile, most: number): Points {
  const dimension = spec.variances.length + 1;
  const rows = sample.rows.slice(0, most);
  const values = new Float64Array(rows.length * dimension);
  const unit = sampleUnit(spec);
  rows.forEach((row, at) => {
    for (let index = 0; index < dimension; index++) values[at * dimension + index] = (row.values[index] ?? 0) * unit;
  });
  return { rows: rows.length, dimension, values };
}

/** One coordinate of all sampled rows. */
export function coordinate({ spec, sample }: EmbeddingProfile, index: number): Float64Array {
  const unit = sampleUnit(spec);
  return Float64Array.from(sample.rows, ({ values }) => (values[index] ?? 0) * unit);
}
