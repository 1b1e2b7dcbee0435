import { isValid } from '../scan/wanted.ts';
import type { EmbeddingVector } from './embedding.ts';

/** The frame in which the vectors of an embedding are measured. */
export interface Subspace {
  readonly dimension: number;
  /** Mean vector of the rows that it was fitted on. */
  readonly centroid: Float32Array;
  /** Orthonormal directions through the centroid, row-major. */
  readonly components: Float32Array;
}

/** Rows that are projected at once: they and four components stay in a core's first cache. */
const BLOCK = 16;

/**
 * Cosines are rounded to this: where all vectors point the same way, the last bits of a logged format must not look like a
 * change.
 */
const COSINE_STEP = 2 ** -20;

/**
 * Measures vectors in a subspace: norm, cosine to the centroid, scores (coordinates along the components) and residual norm (the
 * distance from the subspace). A row gives the same bits whatever is measured beside it.
 */
export class SubspaceMeter {
  readonly count: number;
  /** Of the batch measured last. Views of arrays that are used again. */
  norms = new Float64Array(0);
  cosines = new Float64Array(0);
  residuals = new Float64Array(0);
  /** Scores by component, `capacity` apart. */
  scores = new Float64Array(0);
  capacity = 0;
  /** Positions of the usable rows in the batch. */
  positions = new Uint32Array(0);
  rows = 0;
  missing = 0;
  unusable = 0;
  readonly #dimension: number;
  readonly #centroid: Float64Array;
  readonly #direction: Float64Array;
  readonly #components: Float64Array;
  readonly #floor: number;
  readonly #block: Float64Array;

  /** `floor`: a residual norm below is 0, since rounding alone makes one. */
  constructor({ dimension, centroid, components }: Subspace, floor: number) {
    this.count = dimension === 0 ? 0 : components.length / dimension;
    this.#dimension = dimension;
    this.#centroid = Float64Array.from(centroid);
    const length = Math.sqrt(centroid.reduce((sum, value) => sum + value * value, 0));
    this.#direction = this.#centroid.map((value) => (length > 0 ? value / length : 0));
    this.#components = Float64Array.from(components);
    this.#floor = floor;
    this.#block = new Float64Array(BLOCK * dimension);
  }

  /**
   * Measures the belonging rows of a batch. Adds each usable vector's difference from the centroid to `sums` and its square to
   * `squares`, one a dimension.
   */
  measure(column: EmbeddingVector, belongs: Uint8Array | undefined, sums: Float64Array, squares: Float64Array): void {
    const batchRows = column.entries.length / 2;
    if (this.capacity < batchRows) this.#grow(batchRows);
    this.rows = 0;
    this.missing = 0;
    this.unusable = 0;
    let from = 0;
    for (let row = 0; row < batchRows; row++) {
      if (belongs !== undefined && belongs[row] === 0) continue;
      if (!isValid(column.validity, row)) this.missing += 1;
      else if (!this.#load(column, row, this.rows - from)) this.unusable += 1;
      else {
        this.#addUp(this.rows - from, sums, squares);
        this.positions[this.rows] = row;
        this.rows += 1;
        if (this.rows - from === BLOCK) {
          this.#project(from, BLOCK);
          from = this.rows;
        }
      }
    }
    if (this.rows > from) this.#project(from, this.rows - from);
  }

  #grow(rows: number): void {
    this.capacity = rows;
    this.norms = new Float64Array(rows);
    this.cosines = new Float64Array(rows);
    this.residuals = new Float64Array(rows);
    this.scores = new Float64Array(rows * this.count);
    this.positions = new Uint32Array(rows);
  }

  /** Puts a row's difference from the centroid into the block; false where it is no usable vector. */
  #load({ entries, items, itemValidity }: EmbeddingVector, row: number, slot: number): boolean {
    const offset = Number(entries[2 * row]);
    const dimension = this.#dimension;
    if (Number(entries[2 * row + 1]) !== dimension) return false;
    if (itemValidity !== undefined) {
      for (let index = 0; index < dimension; index++) if (!isValid(itemValidity, offset + index)) return false;
    }
    const centroid = this.#centroid;
    const direction = this.#direction;
    const block = this.#block;
    const start = slot * dimension;
    let squares = 0;
    let product = 0;
    let distance = 0;
    for (let index = 0; index < dimension; index++) {
      const value = items[offset + index]!;
      const difference = value - centroid[index]!;
      block[start + index] = difference;
      squares += value * value;
      product += value * direction[index]!;
      distance += difference * difference;
    }
    if (!(squares > 0 && squares < Number.POSITIVE_INFINITY)) return false;
    const norm = Math.sqrt(squares);
    this.norms[this.rows] = norm;
    this.cosines[this.rows] = Math.round(product / norm / COSINE_STEP) * COSINE_STEP + 0;
    this.residuals[this.rows] = distance;
    return true;
  }

  #addUp(slot: number, sums: Float64Array, squares: Float64Array): void {
    const block = this.#block;
    const start = slot * this.#dimension;
    for (let index = 0; index < this.#dimension; index++) {
      const difference = block[start + index]!;
      sums[index]! += difference;
      squares[index]! += difference * difference;
    }
  }

  #project(from: number, rows: number): void {
    const { scores, capacity, residuals } = this;
    multiply(this.#block, rows, this.#components, this.count, this.#dimension, scores.subarray(from), capacity);
    for (let row = from; row < from + rows; row++) {
      let inside = 0;
      for (let component = 0; component < this.count; component++) {
        const score = scores[component * capacity + row]!;
        inside += score * score;
      }
      const residual = Math.sqrt(Math.max(0, residuals[row]! - inside));
      residuals[row] = residual < this.#floor ? 0 : residual;
    }
  }
}

/**
 * The scalar products of each of `rows` vectors with each of `directions` others, all row-major: of row r and direction c at
 * `products[c * stride + r]`. Two by four at a time, which is what a core has registers for; each product is summed in the order
 * of the dimensions.
 */
export function multiply(
  vectors: Float64Array,
  rows: number,
  others: Float64Array,
  directions: number,
  dimension: number,
  products: Float64Array,
  stride: number,
): void {
  for (let first = 0; first < directions; first += 4) {
    // At the end some are computed twice rather than by another loop.
    const c0 = first;
    const c1 = Math.min(first + 1, directions - 1);
    const c2 = Math.min(first + 2, directions - 1);
    const c3 = Math.min(first + 3, directions - 1);
    const p0 = c0 * dimension;
    const p1 = c1 * dimension;
    const p2 = c2 * dimension;
    const p3 = c3 * dimension;
    for (let row = 0; row < rows; row += 2) {
      const other = Math.min(row + 1, rows - 1);
      const a = row * dimension;
      const b = other * dimension;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let index = 0; index < dimension; index++) {
        const x = vectors[a + index]!;
        const y = vectors[b + index]!;
        const p = others[p0 + index]!;
        const q = others[p1 + index]!;
        const u = others[p2 + index]!;
        const v = others[p3 + index]!;
        a0 += x * p;
        a1 += x * q;
        a2 += x * u;
        a3 += x * v;
        b0 += y * p;
        b1 += y * q;
        b2 += y * u;
        b3 += y * v;
      }
      products[c0 * stride + row] = a0;
      products[c1 * stride + row] = a1;
      products[c2 * stride + row] = a2;
      products[c3 * stride + row] = a3;
      products[c0 * stride + other] = b0;
      products[c1 * stride + other] = b1;
      products[c2 * stride + other] = b2;
      products[c3 * stride + other] = b3;
    }
  }
}
