import { uniform } from '../statistics/random.ts';

/**
 * What the mean vectors of two parts of the same data differ by: of each of some random splits of held-out training rows into
 * two parts of n and m, the difference of their means divided by √(1/n + 1/m), which is about the same for all n and m. From its
 * square length and its product with the mean follows how a distance of means is distributed for windows of any size.
 */
export interface EmbeddingNull {
  /** Of each split's difference: its square length, and its scalar product with the mean of all the rows. */
  readonly squares: Float32Array;
  readonly products: Float32Array;
}

const SPLITS = 400;
const SEED = 2;

/**
 * By a random sign for each row about the mean (a wild bootstrap with Rademacher weights), which splits in halves on average.
 *
 * @param rows row-major, as long as `centroid` each; subtracted to keep precision
 */
export function embeddingNull(rows: Float32Array, centroid: Float32Array): EmbeddingNull {
  const dimension = centroid.length;
  const count = rows.length / dimension;
  const shift = new Float64Array(dimension);
  for (let index = 0; index < rows.length; index++)
    shift[index % dimension]! += rows[index]! - centroid[index % dimension]!;
  for (let index = 0; index < dimension; index++) shift[index]! /= Math.max(1, count);
  const mean = shift.map((value, index) => value + (centroid[index] ?? 0));

  const sums = new Float64Array(SPLITS * dimension);
  const random = uniform(SEED);
  const centred = new Float64Array(dimension);
  for (let row = 0; row < count; row++) {
    for (let index = 0; index < dimension; index++) {
      centred[index] = rows[row * dimension + index]! - centroid[index]! - shift[index]!;
    }
    for (let split = 0; split < SPLITS; split++) {
      const start = split * dimension;
      if (random() < 0.5) for (let index = 0; index < dimension; index++) sums[start + index]! += centred[index]!;
      else for (let index = 0; index < dimension; index++) sums[start + index]! -= centred[index]!;
    }
  }
  const squares = new Float32Array(SPLITS);
  const products = new Float32Array(SPLITS);
  // As for n − 1 in a variance: the mean was estimated from the same rows.
  const scale = count > 1 ? 1 / Math.sqrt(count - 1) : 0;
  for (let split = 0; split < SPLITS; split++) {
    let square = 0;
    let product = 0;
    for (let index = 0; index < dimension; index++) {
      const difference = sums[split * dimension + index]! * scale;
      square += difference * difference;
      product += difference * mean[index]!;
    }
    squares[split] = square;
    products[split] = product;
  }
  return { squares, products };
}
