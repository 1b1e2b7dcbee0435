import {
  NO_PERMUTATION_TEST,
  PERMUTATIONS,
  type PermutationTest,
  permutationTest,
  relabelling,
} from './permutation.ts';
import { normalOf, uniform } from './random.ts';
import { poolSamples, type Sample } from './sample.ts';

/** As many as the Python Optimal Transport library takes. */
export const DIRECTIONS = 50;

/**
 * Sliced Wasserstein-1 distance of two samples (Rabin et al. 2012; Bonneel et al. 2015): the mean, over directions drawn
 * uniformly from the sphere, of the Wasserstein-1 distance ∫ |F − G| of the rows' projections, in the values' unit.
 * Exact for unequal sizes and ties, for it is computed from the distribution functions. The directions are the seed's,
 * so they are the same in every report. In high dimensions a shift by δ gives about |δ| √(2/(π · dimension)), the mean
 * length of its projections.
 *
 * Per direction the rows are projected and sorted once, and a permutation walks them in that order. With N rows:
 * directions · N · (dimension + log N + permutations).
 *
 * NaN for everything where a sample has fewer than 2 rows or a value is not finite.
 * @throws RangeError for samples of different dimensions
 */
export function slicedWasserstein(
  x: Sample,
  y: Sample,
  { permutations = PERMUTATIONS, seed = 1, directions = DIRECTIONS } = {},
): PermutationTest {
  const pooled = poolSamples(x, y);
  if (pooled === undefined) return NO_PERMUTATION_TEST;
  const { values, n, m } = pooled;
  const total = n + m;
  const { dimension } = x;

  // By relabelling and row: what the row adds to nm (F − G). The actual samples come last.
  const steps = new Int32Array((permutations + 1) * total).fill(-n);
  const { starts, actual, visit } = relabelling(n, m);
  const label = (blocks: Int32Array, permutation: number) => {
    const start = permutation * total;
    for (const block of blocks) steps.fill(m, start + starts[block]!, start + starts[block + 1]!);
  };
  visit(permutations, uniform(seed), label);
  label(actual, permutations);

  const distances = new Float64Array(permutations + 1);
  const projections = new Float64Array(total);
  const gaps = new Float64Array(total);
  const order = new Int32Array(total);
  let scale = 0;
  for (const direction of unitVectors(directions, dimension, seed)) {
    project(values, direction, projections);
    for (let row = 0; row < total; row++) order[row] = row;
    order.sort((a, b) => projections[a]! - projections[b]!);
    for (let k = 0; k + 1 < total; k++) gaps[k] = projections[order[k + 1]!]! - projections[order[k]!]!;
    scale = Math.max(scale, Math.abs(projections[order[0]!]!), Math.abs(projections[order[total - 1]!]!));
    for (let permutation = 0; permutation <= permutations; permutation++) {
      const own = steps.subarray(permutation * total, (permutation + 1) * total);
      distances[permutation]! += areaBetween(own, order, gaps) / (n * m * directions);
    }
  }
  return permutationTest(distances[permutations]!, distances.subarray(0, permutations), 1e-12 * scale);
}

/** ∫ nm |F − G|: `gaps[k]` is from the k-th row in this order to the next. */
function areaBetween(steps: Int32Array, order: Int32Array, gaps: Float64Array): number {
  const last = order.length - 1;
  let difference = 0;
  let area = 0;
  for (let k = 0; k < last; k++) {
    difference += steps[order[k]!]!;
    area += Math.abs(difference) * gaps[k]!;
  }
  return area;
}

/** Directions uniform on the sphere: normal numbers, divided by their length. */
function unitVectors(count: number, dimension: number, seed: number): Float64Array[] {
  const normal = normalOf(uniform(seed));
  return Array.from({ length: count }, () => {
    const vector = Float64Array.from({ length: dimension }, normal);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

function project(values: Float64Array, direction: Float64Array, projections: Float64Array): void {
  const dimension = direction.length;
  for (let row = 0, at = 0; row < projections.length; row++) {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += values[at++]! * direction[k]!;
    projections[row] = sum;
  }
}
