import type { ColumnVector } from '../scan/wanted.ts';
import { isValid } from '../scan/wanted.ts';
import { addToSum, type ExactSum, mergeSums, quantumFor, sumValue, ZERO_SUM } from './exact-sum.ts';
import { emptyNumeric, mergeNumeric, NumericAccumulator, type NumericProfile, type NumericSpec } from './numeric.ts';
import { type RowKeys, rowKeyHash } from './row-key.ts';
import { EMPTY_SAMPLE, HOUR_ROWS, mergeSamples, type RowSample, SampleCollector, smallest } from './row-sample.ts';
import { requireSameSpec } from './same-spec.ts';
import { type Subspace, SubspaceMeter } from './subspace.ts';

/** Most leading principal components that an embedding is watched along. */
export const MAX_COMPONENTS = 32;

/** What the baseline fixes for an embedding column: centroid and components are of one half of the training rows. */
export interface EmbeddingSpec extends Subspace {
  readonly type: 'embedding';
  readonly name: string;
  /** Variance along each component, descending, and that of all dimensions together. */
  readonly variances: readonly number[];
  readonly totalVariance: number;
  /** Size of a coordinate: fixes the quantum of sums. */
  readonly scale: number;
  /** Of each row's Euclidean norm, of the cosine between it and the centroid, and of its distance from the subspace. */
  readonly norm: NumericSpec;
  readonly cosine: NumericSpec;
  readonly residual: NumericSpec;
  /** Of the coordinates along the components. */
  readonly scores: readonly NumericSpec[];
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
  /** Σ (x − centroid) and Σ (x − centroid)² over the usable vectors, one a dimension. */
  readonly sums: readonly ExactSum[];
  readonly squares: readonly ExactSum[];
  readonly norm: NumericProfile;
  readonly cosine: NumericProfile;
  readonly residual: NumericProfile;
  readonly scores: readonly NumericProfile[];
  /** Scores and residual norm of some rows, in `sampleUnit`. */
  readonly sample: RowSample;
}

/** A residual norm below this share of the typical norm is rounding: single and half precision make up to a third of it. */
const RESIDUAL_FLOOR = 1e-3;

/** `typicalNorm`: median of the norms. */
export function residualFloor(typicalNorm: number): number {
  return RESIDUAL_FLOOR * typicalNorm;
}

/** What sampled numbers are multiples of: a power of two near the root of the total variance, so that 16 bits suffice. */
export function sampleUnit({ totalVariance }: Pick<EmbeddingSpec, 'totalVariance'>): number {
  return totalVariance > 0 ? 2 ** Math.round(Math.log2(totalVariance) / 2) : 1;
}

export function emptyEmbedding(spec: EmbeddingSpec): EmbeddingProfile {
  return {
    type: 'embedding',
    spec,
    rows: 0,
    missing: 0,
    unusable: 0,
    sums: zeros(spec.dimension),
    squares: zeros(spec.dimension),
    norm: emptyNumeric(spec.norm),
    cosine: emptyNumeric(spec.cosine),
    residual: emptyNumeric(spec.residual),
    scores: spec.scores.map(emptyNumeric),
    sample: EMPTY_SAMPLE,
  };
}

function zeros(dimension: number): ExactSum[] {
  return Array.from({ length: dimension }, () => ZERO_SUM);
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
    squares: a.squares.map((sum, index) => mergeSums(sum, b.squares[index] ?? ZERO_SUM)),
    norm: mergeNumeric(a.norm, b.norm),
    cosine: mergeNumeric(a.cosine, b.cosine),
    residual: mergeNumeric(a.residual, b.residual),
    scores: a.scores.map((score, index) => {
      const other = b.scores[index];
      if (other === undefined) throw new Error(`profiles of column '${a.spec.name}' have other components`);
      return mergeNumeric(score, other);
    }),
    sample: mergeSamples(a.sample, b.sample),
  };
}

/** With as many sampled rows as an hour keeps: the same ones, whatever parts the hour was merged from. */
export function sealEmbedding(profile: EmbeddingProfile): EmbeddingProfile {
  return { ...profile, sample: smallest(profile.sample, HOUR_ROWS) };
}

export type EmbeddingVector = Extract<ColumnVector, { as: 'embedding' }>;

/** Calls `visit` with each belonging row's vector of `dimension` numbers (a view, valid during the call only), if it is usable. */
export function visitVectors(
  column: EmbeddingVector,
  belongs: Uint8Array,
  dimension: number,
  visit: (vector: Float32Array, row: number) => void,
): void {
  const rows = column.entries.length / 2;
  for (let row = 0; row < rows; row++) {
    if (belongs[row] === 0 || !isValid(column.validity, row)) continue;
    const offset = Number(column.entries[2 * row]);
    if (Number(column.entries[2 * row + 1]) !== dimension) continue;
    const vector = column.items.subarray(offset, offset + dimension);
    if (isUsable(vector, column.itemValidity, offset)) visit(vector, row);
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

/** Counts vectors into a profile. Sums are rounded at the end of each row group, in row order: see `ExactSum`. */
export class EmbeddingAccumulator {
  readonly #spec: EmbeddingSpec;
  readonly #meter: SubspaceMeter;
  readonly #groupSums: Float64Array;
  readonly #groupSquares: Float64Array;
  readonly #norm: NumericAccumulator;
  readonly #cosine: NumericAccumulator;
  readonly #residual: NumericAccumulator;
  readonly #scores: readonly NumericAccumulator[];
  readonly #sample: SampleCollector;
  readonly #unit: number;
  #sums: ExactSum[];
  #squares: ExactSum[];
  #rows = 0;
  #missing = 0;
  #unusable = 0;

  /** `sampleRows`: most rows to keep. */
  constructor(spec: EmbeddingSpec, sampleRows = HOUR_ROWS) {
    this.#spec = spec;
    this.#meter = new SubspaceMeter(spec, residualFloor(spec.norm.centre));
    this.#groupSums = new Float64Array(spec.dimension);
    this.#groupSquares = new Float64Array(spec.dimension);
    this.#sums = zeros(spec.dimension);
    this.#squares = zeros(spec.dimension);
    this.#norm = new NumericAccumulator(spec.norm);
    this.#cosine = new NumericAccumulator(spec.cosine);
    this.#residual = new NumericAccumulator(spec.residual);
    this.#scores = spec.scores.map((score) => new NumericAccumulator(score));
    this.#sample = new SampleCollector(sampleRows);
    this.#unit = sampleUnit(spec);
  }

  /** `keys`: of the batch's rows. `firstRow`: number of its first row in the file that is read. */
  add(column: EmbeddingVector, belongs: Uint8Array | undefined, keys: RowKeys, firstRow: number): void {
    const meter = this.#meter;
    meter.measure(column, belongs, this.#groupSums, this.#groupSquares);
    const { rows, capacity } = meter;
    this.#rows += rows;
    this.#missing += meter.missing;
    this.#unusable += meter.unusable;
    this.#norm.add(meter.norms.subarray(0, rows), undefined, undefined);
    this.#cosine.add(meter.cosines.subarray(0, rows), undefined, undefined);
    this.#residual.add(meter.residuals.subarray(0, rows), undefined, undefined);
    this.#scores.forEach((score, component) => {
      const start = component * capacity;
      score.add(meter.scores.subarray(start, start + rows), undefined, undefined);
    });
    for (let index = 0; index < rows; index++) {
      const row = firstRow + (meter.positions[index] ?? 0);
      const hash = rowKeyHash(keys, row);
      if (this.#sample.wants(hash)) this.#sample.add(hash, this.#sampled(index), row);
    }
  }

  #sampled(index: number): Float16Array {
    const { scores, capacity, residuals, count } = this.#meter;
    return Float16Array.from({ length: count + 1 }, (_, at) => {
      const value = (at < count ? scores[at * capacity + index] : residuals[index]) ?? 0;
      return Math.max(-LARGEST_HALF, Math.min(LARGEST_HALF, value / this.#unit));
    });
  }

  addMissing(rows: number): void {
    this.#missing += rows;
  }

  /** Rows of the file that is being read which are in the sample so far. */
  sampledRows(): number[] {
    return this.#sample.unnamed();
  }

  /** Ends a file. `names`: what it calls `sampledRows`. */
  endFile(names: ReadonlyMap<number, string>): void {
    this.#sample.nameRows(names);
  }

  endRowGroup(): void {
    const { scale } = this.#spec;
    this.#sums = rounded(this.#sums, this.#groupSums, quantumFor(scale));
    this.#squares = rounded(this.#squares, this.#groupSquares, quantumFor(scale ** 2));
    this.#norm.endRowGroup();
    this.#cosine.endRowGroup();
    this.#residual.endRowGroup();
    for (const score of this.#scores) score.endRowGroup();
  }

  profile(): EmbeddingProfile {
    return {
      type: 'embedding',
      spec: this.#spec,
      rows: this.#rows,
      missing: this.#missing,
      unusable: this.#unusable,
      sums: this.#sums,
      squares: this.#squares,
      norm: this.#norm.profile(),
      cosine: this.#cosine.profile(),
      residual: this.#residual.profile(),
      scores: this.#scores.map((score) => score.profile()),
      sample: this.#sample.sample(),
    };
  }
}

const LARGEST_HALF = 65504;

function rounded(sums: readonly ExactSum[], ofGroup: Float64Array, quantum: number): ExactSum[] {
  const next = sums.map((sum, index) => addToSum(sum, ofGroup[index] ?? 0, quantum));
  ofGroup.fill(0);
  return next;
}

/** Mean vector of the usable rows, as its difference from the spec's centroid; undefined without any. */
export function meanShiftOf({ spec, rows, sums }: EmbeddingProfile): Float64Array | undefined {
  if (rows === 0) return undefined;
  const quantum = quantumFor(spec.scale);
  return Float64Array.from(sums, (sum) => (sumValue(sum, quantum) ?? Number.NaN) / rows);
}

/** Variance of each dimension; undefined without rows. */
export function variancesOf(profile: EmbeddingProfile): Float64Array | undefined {
  const mean = meanShiftOf(profile);
  const quantum = quantumFor(profile.spec.scale ** 2);
  return mean?.map((shift, index) => {
    const squares = sumValue(profile.squares[index] ?? ZERO_SUM, quantum) ?? Number.NaN;
    return Math.max(0, squares / profile.rows - shift * shift);
  });
}
