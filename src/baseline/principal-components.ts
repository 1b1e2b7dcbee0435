import { multiply } from '../profile/subspace.ts';
import { uniform } from '../statistics/random.ts';

export interface PrincipalComponents {
  /** Orthonormal, row-major, by descending variance; the sign is that of the largest coordinate: positive. */
  readonly components: Float32Array;
  readonly variances: readonly number[];
  /** Of all dimensions together. */
  readonly totalVariance: number;
}

export type LinearAlgebra = Pick<typeof import('ml-matrix'), 'EigenvalueDecomposition' | 'Matrix'>;

/** Directions that are iterated beside those that are wanted: the last ones converge slowly. */
const OVERSAMPLING = 8;
const ITERATIONS = 4;
const SEED = 1;
/** A direction with less of the total variance is rounding. */
const LEAST_SHARE = 1e-6;
/** So is one with less of the vectors' mean square: single precision makes as much. */
const LEAST_OF_SQUARES = 1e-12;

/**
 * The leading principal components of rows by randomised subspace iteration (Halko, Martinsson & Tropp 2011, algorithm 4.4), at
 * most `most`; fewer where the rows have no more directions. Holds a block of `most + 8` vectors beside the rows.
 *
 * @param rows row-major, `dimension` numbers each
 * @param centroid what is subtracted from each
 * @param linearAlgebra of ml-matrix, which whoever fits nothing does not load
 */
export function principalComponents(
  rows: Float32Array,
  dimension: number,
  centroid: Float32Array,
  most: number,
  linearAlgebra: LinearAlgebra,
): PrincipalComponents {
  const count = rows.length / dimension;
  const { squares, totalVariance } = sizes(rows, dimension, centroid);
  const wanted = Math.min(most, dimension, count - 1);
  if (wanted < 1 || !(totalVariance > LEAST_OF_SQUARES * squares)) {
    return { components: new Float32Array(0), variances: [], totalVariance: Math.max(0, totalVariance) };
  }
  const { EigenvalueDecomposition, Matrix } = linearAlgebra;
  const width = Math.min(wanted + OVERSAMPLING, dimension, count);
  const random = uniform(SEED);
  let basis = Float64Array.from({ length: width * dimension }, () => random() - 0.5);
  orthonormalise(basis, dimension);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    basis = timesCovariance(rows, dimension, centroid, basis);
    orthonormalise(basis, dimension);
  }
  const product = timesCovariance(rows, dimension, centroid, basis);
  const small = new Float64Array(width * width);
  multiply(basis, width, product, width, dimension, small, width);
  const matrix = Matrix.from1DArray(width, width, small);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix.add(matrix.transpose()).div(2), {
    assumeSymmetric: true,
  });
  const least = Math.max(LEAST_SHARE * totalVariance, LEAST_OF_SQUARES * squares);
  const order = realEigenvalues
    .map((variance, column) => ({ variance, column }))
    .filter(({ variance }) => variance > least)
    .sort((a, b) => b.variance - a.variance)
    .slice(0, wanted);
  const directions = new Float64Array(order.length * dimension);
  order.forEach(({ column }, component) => {
    const direction = directions.subarray(component * dimension, (component + 1) * dimension);
    for (let at = 0; at < width; at++) {
      const weight = eigenvectorMatrix.get(at, column);
      for (let index = 0; index < dimension; index++) direction[index]! += weight * basis[at * dimension + index]!;
    }
    const largest = direction.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    if (largest < 0) for (let index = 0; index < dimension; index++) direction[index]! *= -1;
  });
  orthonormalise(directions, dimension);
  return {
    components: Float32Array.from(directions),
    variances: order.map(({ variance }) => variance),
    totalVariance,
  };
}

/** Mean square of the rows' lengths, and of their distances from the centroid. */
function sizes(rows: Float32Array, dimension: number, centroid: Float32Array) {
  const count = Math.max(1, rows.length / dimension);
  let squares = 0;
  let variance = 0;
  for (let index = 0; index < rows.length; index++) {
    const value = rows[index]!;
    const difference = value - centroid[index % dimension]!;
    squares += value * value;
    variance += difference * difference;
  }
  return { squares: squares / count, totalVariance: variance / count };
}

/** Covariance of the rows times each row of `basis`, without the covariance. */
function timesCovariance(
  rows: Float32Array,
  dimension: number,
  centroid: Float32Array,
  basis: Float64Array,
): Float64Array<ArrayBuffer> {
  const count = rows.length / dimension;
  const width = basis.length / dimension;
  const result = new Float64Array(basis.length);
  const block = new Float64Array(BLOCK * dimension);
  const scores = new Float64Array(width * BLOCK);
  for (let from = 0; from < count; from += BLOCK) {
    const here = Math.min(BLOCK, count - from);
    for (let row = 0; row < here; row++) {
      for (let index = 0; index < dimension; index++) {
        block[row * dimension + index] = rows[(from + row) * dimension + index]! - centroid[index]!;
      }
    }
    multiply(block, here, basis, width, dimension, scores, BLOCK);
    for (let at = 0; at < width; at++) addWeighted(block, here, dimension, scores.subarray(at * BLOCK), result, at);
  }
  for (let index = 0; index < result.length; index++) result[index]! /= count;
  return result;
}

const BLOCK = 16;

/** Adds the sum of the block's rows, each times its weight, to row `at` of `result`. Four rows at a time. */
function addWeighted(
  block: Float64Array,
  rows: number,
  dimension: number,
  weights: Float64Array,
  result: Float64Array,
  at: number,
): void {
  const start = at * dimension;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const a = row * dimension;
    const b = a + dimension;
    const c = b + dimension;
    const d = c + dimension;
    const p = weights[row]!;
    const q = weights[row + 1]!;
    const u = weights[row + 2]!;
    const v = weights[row + 3]!;
    for (let index = 0; index < dimension; index++) {
      result[start + index]! +=
        p * block[a + index]! + q * block[b + index]! + u * block[c + index]! + v * block[d + index]!;
    }
  }
  for (; row < rows; row++) {
    const a = row * dimension;
    const weight = weights[row]!;
    for (let index = 0; index < dimension; index++) result[start + index]! += weight * block[a + index]!;
  }
}

/** Gram-Schmidt on the rows, each twice ("twice is enough", Giraud et al. 2005); a row without a direction of its own becomes 0. */
function orthonormalise(rows: Float64Array, dimension: number): void {
  const count = rows.length / dimension;
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let index = 0; index < dimension; index++) sum += rows[a * dimension + index]! * rows[b * dimension + index]!;
    return sum;
  };
  for (let row = 0; row < count; row++) {
    const before = Math.sqrt(dot(row, row));
    for (let time = 0; time < 2; time++) {
      for (let other = 0; other < row; other++) {
        const along = dot(row, other);
        for (let index = 0; index < dimension; index++) {
          rows[row * dimension + index]! -= along * rows[other * dimension + index]!;
        }
      }
    }
    const after = Math.sqrt(dot(row, row));
    const scale = after > 1e-10 * before ? 1 / after : 0;
    for (let index = 0; index < dimension; index++) rows[row * dimension + index]! *= scale;
  }
}
