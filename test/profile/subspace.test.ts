import { describe, expect, it } from 'vitest';
import { SubspaceMeter } from '../../src/profile/subspace.ts';
import { normalOf, uniform } from '../../src/statistics/random.ts';
import { flatColumn } from '../drift/vectors-in-memory.ts';

const DIMENSION = 7;
const normal = normalOf(uniform(1));
const centroid = Float32Array.from({ length: DIMENSION }, normal);
/** Three unit vectors along axes. */
const components = Float32Array.from({ length: 3 * DIMENSION }, (_, at) => (at % (DIMENSION + 1) === 0 ? 1 : 0));

function measure(vectors: Float32Array) {
  const meter = new SubspaceMeter({ dimension: DIMENSION, centroid, components }, 0);
  const sums = new Float64Array(DIMENSION);
  meter.measure(flatColumn(vectors, DIMENSION), undefined, sums, new Float64Array(DIMENSION));
  return Array.from({ length: meter.rows }, (_, row) => ({
    norm: meter.norms[row],
    cosine: meter.cosines[row],
    residual: meter.residuals[row],
    scores: [0, 1, 2].map((component) => meter.scores[component * meter.capacity + row]),
  }));
}

describe('a vector in a subspace', () => {
  const vectors = Float32Array.from({ length: 37 * DIMENSION }, normal);

  it('has its length, its angle to the centroid, its coordinates, and its distance from the subspace', () => {
    measure(vectors).forEach(({ norm, cosine, residual, scores }, row) => {
      const vector = vectors.subarray(row * DIMENSION, (row + 1) * DIMENSION);
      const difference = vector.map((value, index) => value - (centroid[index] ?? 0));
      const product = vector.reduce((sum, value, index) => sum + value * (centroid[index] ?? 0), 0);
      expect(norm).toBeCloseTo(Math.hypot(...vector), 5);
      expect(cosine).toBeCloseTo(product / Math.hypot(...vector) / Math.hypot(...centroid), 5);
      for (const component of [0, 1, 2]) expect(scores[component]).toBeCloseTo(difference[component] ?? 0, 5);
      expect(residual).toBeCloseTo(Math.hypot(...difference.slice(3)), 5);
    });
  });

  it('is measured to the same bits alone and among others', () => {
    const together = measure(vectors);
    for (let row = 0; row < together.length; row++) {
      expect(measure(vectors.slice(row * DIMENSION, (row + 1) * DIMENSION))).toEqual([together[row]]);
    }
  });
});
