import type { ColumnVector } from '../scan/wanted.ts';
import { isValid } from '../scan/wanted.ts';
import { addToSum, type ExactSum, mergeSums, quantumFor, sumValue, ZERO_SUM } from './exact-sum.ts';
import { emptyNumeric, mergeNumeric, NumericAccumulator, type NumericProfile, type NumericSpec } from './numeric.ts';
import { requireSameSpec } from './same-spec.ts';

/** What the baseline fixes for an embedding column. */
export interface EmbeddingSpec {
  readonly type: 'embedding';
  readonly name: string;
  readonly dimension: number;
  /** Direction of the mean vector of one half of the training rows: unit length, `dimension` numbers. */
  readonly centroid: Float32Array;
  /** Size of a coordinate: fixes the quantum of sums. */
  readonly scale: number;
  /** Of each row's Euclidean norm, and of the cosine between it and the centroid. */
  readonly norm: NumericSpec;
  readonly cosine: NumericSpec;
}

/** State of an embedding column; every field adds. */
export interface EmbeddingProfile {
  readonly type: 'embedding';
  /** What it was counted by. */
  readonly spec: EmbeddingSpec;
  /** Usable vectors. */
  readonly rows: number;
  readonly missing: number;
  /** Rows that are no usable vector: another length, a null, NaN or ±∞ inside, or all zero. */
  readonly unusable: number;
  /** Sum of the usable vectors, one a dimension. */
  readonly sums: readonly ExactSum[];
  readonly norm: NumericProfile;
  readonly cosine: NumericProfile;
}

export function emptyEmbedding(spec: EmbeddingSpec): EmbeddingProfile {
  return {
    type: 'embedding',
    spec,
    rows: 0,
    missing: 0,
    unusable: 0,
    sums: Array.from({ length: spec.dimension }, () => ZERO_SUM),
    norm: emptyNumeric(spec.norm),
    cosine: emptyNumeric(spec.cosine),
  };
}

/** Throws where the profiles were counted by different specs. */
export function mergeEmbedding(a: EmbeddingProfile, b: EmbeddingProfile): EmbeddingProfile {
  requireSameSpec(a.spec, b.spec);
  return {
    type: 'embedding',
    spec: a.spec,
    rows: a.rows + b.rows,
    missing: a.missing + b.missing,
    unusable: a.unusable + b.unusable,
    sums: a.sums.map((sum, index) => mergeSums(sum, b.sums[index] ?? ZERO_SUM)),
    norm: mergeNumeric(a.norm, b.norm),
    cosine: mergeNumeric(a.cosine, b.cosine),
  };
}

export type EmbeddingVector = Extract<ColumnVector, { as: 'embedding' }>;

/**
 * Calls `visit` with each belonging row's vector (a view, valid during the call only), `'missing'` or `'unusable'`.
 * `dimension` 0 takes any length.
 */
export function visitVectors(
  column: EmbeddingVector,
  belongs: Uint8Array | undefined,
  dimension: number,
  visit: (vector: Float32Array | 'missing' | 'unusable', row: number) => void,
): void {
  const rows = column.entries.length / 2;
  for (let row = 0; row < rows; row++) {
    if (belongs !== undefined && belongs[row] === 0) continue;
    if (!isValid(column.validity, row)) {
      visit('missing', row);
      continue;
    }
    const offset = Number(column.entries[2 * row]);
    const length = Number(column.entries[2 * row + 1]);
    const vector = column.items.subarray(offset, offset + length);
    const fits = length > 0 && (dimension === 0 || length === dimension);
    visit(fits && isUsable(vector, column.itemValidity, offset) ? vector : 'unusable', row);
  }
}

function isUsable(vector: Float32Array, itemValidity: Uint32Array | undefined, offset: number): boolean {
  let magnitude = 0;
  for (let index = 0; index < vector.length; index++) {
    if (itemValidity !== undefined && !isValid(itemValidity, offset + index)) return false;
    magnitude += Math.abs(vector[index] ?? 0);
  }
  return magnitude > 0 && Number.isFinite(magnitude);
}

/** Euclidean norm of a vector, and the cosine of its angle with `centroid` (0 where the centroid is zero). */
export function normAndCosine(vector: Float32Array, centroid: Float32Array): { norm: number; cosine: number } {
  let squares = 0;
  let product = 0;
  let centroidSquares = 0;
  for (let index = 0; index < vector.length; index++) {
    const value = vector[index] ?? 0;
    const reference = centroid[index] ?? 0;
    squares += value * value;
    product += value * reference;
    centroidSquares += reference * reference;
  }
  const norm = Math.sqrt(squares);
  const lengths = norm * Math.sqrt(centroidSquares);
  return { norm, cosine: lengths > 0 ? product / lengths : 0 };
}

export class EmbeddingAccumulator {
  readonly #spec: EmbeddingSpec;
  readonly #groupSums: Float64Array;
  readonly #norm: NumericAccumulator;
  readonly #cosine: NumericAccumulator;
  #sums: ExactSum[];
  #rows = 0;
  #missing = 0;
  #unusable = 0;

  constructor(spec: EmbeddingSpec) {
    this.#spec = spec;
    this.#groupSums = new Float64Array(spec.dimension);
    this.#sums = Array.from({ length: spec.dimension }, () => ZERO_SUM);
    this.#norm = new NumericAccumulator(spec.norm);
    this.#cosine = new NumericAccumulator(spec.cosine);
  }

  add(column: EmbeddingVector, belongs: Uint8Array | undefined): void {
    const norms: number[] = [];
    const cosines: number[] = [];
    visitVectors(column, belongs, this.#spec.dimension, (vector) => {
      if (vector === 'missing') this.#missing += 1;
      else if (vector === 'unusable') this.#unusable += 1;
      else {
        this.#rows += 1;
        const { norm, cosine } = normAndCosine(vector, this.#spec.centroid);
        norms.push(norm);
        cosines.push(cosine);
        for (let index = 0; index < vector.length; index++) {
          this.#groupSums[index] = (this.#groupSums[index] ?? 0) + (vector[index] ?? 0);
        }
      }
    });
    this.#norm.add(Float64Array.from(norms), undefined, undefined);
    this.#cosine.add(Float64Array.from(cosines), undefined, undefined);
  }

  addMissing(rows: number): void {
    this.#missing += rows;
  }

  endRowGroup(): void {
    const quantum = quantumFor(this.#spec.scale);
    this.#sums = this.#sums.map((sum, index) => addToSum(sum, this.#groupSums[index] ?? 0, quantum));
    this.#groupSums.fill(0);
    this.#norm.endRowGroup();
    this.#cosine.endRowGroup();
  }

  profile(): EmbeddingProfile {
    return {
      type: 'embedding',
      spec: this.#spec,
      rows: this.#rows,
      missing: this.#missing,
      unusable: this.#unusable,
      sums: this.#sums,
      norm: this.#norm.profile(),
      cosine: this.#cosine.profile(),
    };
  }
}

/** Mean vector of the usable rows; undefined without any. */
export function centroidOf(profile: EmbeddingProfile): Float64Array | undefined {
  if (profile.rows === 0) return undefined;
  const quantum = quantumFor(profile.spec.scale);
  return Float64Array.from(profile.sums, (sum) => (sumValue(sum, quantum) ?? Number.NaN) / profile.rows);
}
