import type { EmbeddingNull } from '../baseline/embedding-null.ts';
import type { EmbeddingProfile } from '../profile/embedding.ts';
import { type PermutationTest, permutationTest } from '../statistics/permutation.ts';
import { centroidShift } from './centroid-shift.ts';

const UNKNOWN: PermutationTest = { value: Number.NaN, nullQuantile: Number.NaN, pValue: Number.NaN };

/** Euclidean distance of the mean vectors, in the vectors' unit, with its null for as many rows as there are. */
export function centroidDistanceTest(
  baseline: EmbeddingProfile,
  window: EmbeddingProfile,
  { squares }: EmbeddingNull,
): PermutationTest {
  const shift = centroidShift(baseline, window);
  if (shift === undefined) return UNKNOWN;
  const size = scale(baseline, window);
  const without = Float64Array.from(squares, (square) => size * Math.sqrt(square));
  return permutationTest(Math.sqrt(shift.squaredLength), without, 0);
}

/** Cosine distance of the mean vectors, as well. Where the training data has no direction, the null is near 1. */
export function centroidCosineTest(
  baseline: EmbeddingProfile,
  window: EmbeddingProfile,
  { squares, products }: EmbeddingNull,
): PermutationTest {
  const shift = centroidShift(baseline, window);
  if (shift === undefined || Number.isNaN(shift.cosineDistance)) return UNKNOWN;
  const size = scale(baseline, window);
  const { squaredMean } = shift;
  const without = Float64Array.from(squares, (square, split) => {
    const along = size * (products[split] ?? 0);
    const squaredMoved = Math.max(0, squaredMean + 2 * along + size * size * square);
    const lengths = Math.sqrt(squaredMean * squaredMoved);
    return lengths > 0 ? Math.max(0, 1 - (squaredMean + along) / lengths) : 1;
  });
  return permutationTest(shift.cosineDistance, without, 0);
}

/** What differences of means of parts of these sizes are multiples of: see `EmbeddingNull`. */
function scale(baseline: EmbeddingProfile, window: EmbeddingProfile): number {
  return Math.sqrt(1 / baseline.rows + 1 / window.rows);
}
