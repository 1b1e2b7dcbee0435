import { choleskyInPlace } from './cholesky.ts';
import {
  NO_PERMUTATION_TEST,
  PERMUTATIONS,
  type PermutationTest,
  permutationTest,
  relabelling,
} from './permutation.ts';
import { uniform } from './random.ts';
import { poolSamples, type Sample } from './sample.ts';

type LinearAlgebra = Pick<typeof import('ml-matrix'), 'Matrix' | 'SingularValueDecomposition'>;

/**
 * Squared Fréchet distance of the normal distributions fitted to two samples (Dowson & Landau 1982),
 * |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½), in the squared unit of the values: what is known as the Fréchet
 * inception distance, which is not its root either (Heusel et al. 2017). Covariances with n − 1 in the denominator.
 *
 * With Σ = LLᵀ, the trace of the root is the sum of the singular values of L₁ᵀL₂: nothing is inverted, and fewer rows than
 * dimensions, constant columns and columns that are sums of others are no special case. Accurate to 1e-7 of the traces.
 * Without drift it is not 0 but grows with dimension/rows, so compare it with its null. With N rows and d dimensions:
 * N · d²/2 additions, then a permutation takes at most 128 · d²/2 of them and a decomposition of a d × d matrix; d should
 * be at most some dozens.
 *
 * NaN for everything where a sample has fewer than 2 rows or a value is not finite.
 * @throws RangeError for samples of different dimensions
 */
export async function frechetDistance(
  x: Sample,
  y: Sample,
  { permutations = PERMUTATIONS, seed = 1 } = {},
): Promise<PermutationTest> {
  const pooled = poolSamples(x, y);
  if (pooled === undefined) return NO_PERMUTATION_TEST;
  // Here, so that whoever asks for no distance does not wait for it.
  const linearAlgebra = await import('ml-matrix');
  const { n, m } = pooled;
  const { dimension } = x;
  const { starts, actual, visit } = relabelling(n, m);
  const sums = sumsByBlock(centred(pooled.values, dimension), dimension, starts);
  const all = total(sums, Int32Array.from(sums.keys()));
  const distance = (blocks: Int32Array): number => {
    const first = total(sums, blocks);
    const second = all.map((sum, i) => sum - first[i]!);
    return squaredDistance(linearAlgebra, gaussianOf(first, n, dimension), gaussianOf(second, m, dimension));
  };
  const permuted = new Float64Array(permutations);
  visit(permutations, uniform(seed), (blocks, permutation) => {
    permuted[permutation] = distance(blocks);
  });
  const { covariance } = gaussianOf(all, n + m, dimension);
  return permutationTest(distance(actual), permuted, 1e-7 * traceOf(covariance, dimension));
}

/** Less the mean of all rows: the sums of products lose no digits to a mean that is far from 0. */
function centred(values: Float64Array, dimension: number): Float64Array {
  const rows = values.length / dimension;
  const means = new Float64Array(dimension);
  for (let i = 0; i < values.length; i++) means[i % dimension]! += values[i]! / rows;
  return values.map((value, i) => value - means[i % dimension]!);
}

/** By block: the sum of each column, then of the product of each column with itself and each earlier one. */
function sumsByBlock(values: Float64Array, dimension: number, starts: Int32Array): Float64Array[] {
  return Array.from({ length: starts.length - 1 }, (_, block) => {
    const sums = new Float64Array(dimension + (dimension * (dimension + 1)) / 2);
    for (let row = starts[block]!; row < starts[block + 1]!; row++) {
      const start = row * dimension;
      for (let i = 0, at = dimension; i < dimension; i++) {
        const value = values[start + i]!;
        sums[i]! += value;
        for (let j = 0; j <= i; j++) sums[at++]! += value * values[start + j]!;
      }
    }
    return sums;
  });
}

function total(sums: readonly Float64Array[], blocks: Int32Array): Float64Array {
  const out = new Float64Array(sums[0]!.length);
  for (const block of blocks) {
    const own = sums[block]!;
    for (let i = 0; i < out.length; i++) out[i]! += own[i]!;
  }
  return out;
}

interface Gaussian {
  readonly mean: Float64Array;
  /** Lower triangle of dimension × dimension. */
  readonly covariance: Float64Array;
}

function gaussianOf(sums: Float64Array, rows: number, dimension: number): Gaussian {
  const mean = sums.slice(0, dimension).map((sum) => sum / rows);
  const covariance = new Float64Array(dimension * dimension);
  for (let i = 0, at = dimension; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      covariance[i * dimension + j] = (sums[at++]! - sums[i]! * mean[j]!) / (rows - 1);
    }
  }
  return { mean, covariance };
}

function traceOf(matrix: Float64Array, dimension: number): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += matrix[i * dimension + i]!;
  return sum;
}

function squaredDistance(linearAlgebra: LinearAlgebra, a: Gaussian, b: Gaussian): number {
  const dimension = a.mean.length;
  const shift = a.mean.reduce((sum, mean, i) => sum + (mean - b.mean[i]!) ** 2, 0);
  const traces = traceOf(a.covariance, dimension) + traceOf(b.covariance, dimension);
  // Rounding may leave as little as −1e-7 of the traces where nothing differs.
  return Math.max(0, shift + traces - 2 * traceOfRoot(linearAlgebra, a.covariance, b.covariance, dimension));
}

/** tr (Σ₁^½ Σ₂ Σ₁^½)^½ of the lower triangles, which it overwrites. */
function traceOfRoot(linearAlgebra: LinearAlgebra, a: Float64Array, b: Float64Array, dimension: number): number {
  const { Matrix, SingularValueDecomposition } = linearAlgebra;
  choleskyInPlace(a, dimension);
  choleskyInPlace(b, dimension);
  const product = new Matrix(dimension, dimension);
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) {
      let sum = 0;
      for (let k = Math.max(i, j); k < dimension; k++) sum += a[k * dimension + i]! * b[k * dimension + j]!;
      product.set(i, j, sum);
    }
  }
  const { diagonal } = new SingularValueDecomposition(product, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  });
  return diagonal.reduce((sum, value) => sum + value, 0);
}
