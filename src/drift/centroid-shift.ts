import { type EmbeddingProfile, meanShiftOf, variancesOf } from '../profile/embedding.ts';

/** How the mean vector of a window lies to that of the baseline. */
export interface CentroidShift {
  /** Length of the difference in units of the baseline's spread, the root of its summed variances. */
  readonly share: number;
  /** 1 − cosine of the angle between the two mean vectors, NaN where one is zero. */
  readonly cosineDistance: number;
  /** Parts of the squared length along each component, and outside of their subspace; they sum to 1. */
  readonly along: readonly number[];
  readonly outside: number;
  readonly squaredLength: number;
  /** Of the baseline: squared length of its mean vector, and its summed variances. */
  readonly squaredMean: number;
  readonly variance: number;
}

/** Undefined where either has no usable vector, or its sums overflowed. */
export function centroidShift(baseline: EmbeddingProfile, window: EmbeddingProfile): CentroidShift | undefined {
  const { centroid, components, dimension, variances } = baseline.spec;
  const before = meanShiftOf(baseline);
  const now = meanShiftOf(window);
  const variance = variancesOf(baseline)?.reduce((sum, value) => sum + value, 0);
  if (before === undefined || now === undefined || variance === undefined) return undefined;
  let squaredLength = 0;
  let squaredMean = 0;
  let squaredNow = 0;
  let product = 0;
  for (let index = 0; index < dimension; index++) {
    const origin = centroid[index] ?? 0;
    const a = origin + (before[index] ?? 0);
    const b = origin + (now[index] ?? 0);
    squaredLength += ((now[index] ?? 0) - (before[index] ?? 0)) ** 2;
    squaredMean += a * a;
    squaredNow += b * b;
    product += a * b;
  }
  if (!Number.isFinite(squaredLength)) return undefined;
  const along = variances.map((_, component) => {
    let score = 0;
    for (let index = 0; index < dimension; index++) {
      score += ((now[index] ?? 0) - (before[index] ?? 0)) * (components[component * dimension + index] ?? 0);
    }
    return squaredLength > 0 ? score ** 2 / squaredLength : 0;
  });
  return {
    share: variance > 0 ? Math.sqrt(squaredLength / variance) : squaredLength > 0 ? Number.POSITIVE_INFINITY : 0,
    cosineDistance: 1 - product / Math.sqrt(squaredMean * squaredNow),
    along,
    outside: squaredLength > 0 ? Math.max(0, 1 - along.reduce((sum, part) => sum + part, 0)) : 0,
    squaredLength,
    squaredMean,
    variance,
  };
}
