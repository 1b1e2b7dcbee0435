import type { Precision } from '../scan/source-columns.ts';
import { isValid } from '../scan/wanted.ts';
import { addCounts } from './add-counts.ts';
import { countCells, type Moments } from './count-cells.ts';
import { addToSum, type ExactSum, mergeSums, quantumFor, sumValue, ZERO_SUM } from './exact-sum.ts';
import { type Grid, roundTo } from './grid.ts';
import { requireSameSpec } from './same-spec.ts';

/** What the baseline fixes for a numeric column. */
export interface NumericSpec {
  readonly type: 'numeric';
  readonly name: string;
  /** The values are instants in epoch seconds. */
  readonly temporal: boolean;
  readonly grid: Grid;
  /** Moments are taken about it: the mean of the training data, roughly. */
  readonly centre: number;
  /** The standard deviation of the training data, roughly: fixes the quantum of sums. */
  readonly scale: number;
}

/** State of a numeric column; every field adds, but `min` and `max`. */
export interface NumericProfile {
  readonly type: 'numeric';
  /** What it was counted by. */
  readonly spec: NumericSpec;
  /** Rows in each cell of the grid. */
  readonly counts: Float64Array;
  /** Finite values below the smallest edge, and above the largest. */
  readonly below: number;
  readonly above: number;
  readonly missing: number;
  readonly nan: number;
  readonly negativeInfinity: number;
  readonly positiveInfinity: number;
  /** Of the finite values; undefined without any. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Σ (x − centre) and Σ (x − centre)² over the finite values. */
  readonly sum: ExactSum;
  readonly squares: ExactSum;
}

export function emptyNumeric(spec: NumericSpec): NumericProfile {
  return {
    type: 'numeric',
    spec,
    counts: new Float64Array(spec.grid.cells),
    below: 0,
    above: 0,
    missing: 0,
    nan: 0,
    negativeInfinity: 0,
    positiveInfinity: 0,
    min: undefined,
    max: undefined,
    sum: ZERO_SUM,
    squares: ZERO_SUM,
  };
}

/** Throws where the profiles were counted by different specs. */
export function mergeNumeric(a: NumericProfile, b: NumericProfile): NumericProfile {
  requireSameSpec(a.spec, b.spec);
  return {
    type: 'numeric',
    spec: a.spec,
    counts: addCounts(a.counts, b.counts),
    below: a.below + b.below,
    above: a.above + b.above,
    missing: a.missing + b.missing,
    nan: a.nan + b.nan,
    negativeInfinity: a.negativeInfinity + b.negativeInfinity,
    positiveInfinity: a.positiveInfinity + b.positiveInfinity,
    min: extreme(Math.min, a.min, b.min),
    max: extreme(Math.max, a.max, b.max),
    sum: mergeSums(a.sum, b.sum),
    squares: mergeSums(a.squares, b.squares),
  };
}

function extreme(pick: (a: number, b: number) => number, a?: number, b?: number): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return pick(a, b);
}

/** Scratch space of `NumericAccumulator.add`, which is never entered twice at once. */
let gathered = new Float64Array(2048);
let outside = new Uint32Array(2048);

/** Counts values into a profile. Sums are rounded at the end of each row group, in row order: see `ExactSum`. */
export class NumericAccumulator {
  readonly #spec: NumericSpec;
  readonly #counts: Float64Array;
  /** Of the row group, minimum and maximum of all. */
  readonly #moments: Moments = { sum: 0, squares: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  #below = 0;
  #above = 0;
  #missing = 0;
  #nan = 0;
  #negativeInfinity = 0;
  #positiveInfinity = 0;
  #sum = ZERO_SUM;
  #squares = ZERO_SUM;

  constructor(spec: NumericSpec) {
    this.#spec = spec;
    this.#counts = new Float64Array(spec.grid.cells);
  }

  /** `source`: the precision of the file's column. Rows whose `belongs` is 0 are passed over. */
  add(
    given: Float64Array,
    validity: Uint32Array | undefined,
    belongs: Uint8Array | undefined,
    source: Precision = 'float64',
  ): void {
    const finder = this.#spec.grid.finder(source);
    const isPlain = validity === undefined && belongs === undefined && finder.precision === 'float64';
    const values = isPlain ? given : this.#gather(given, validity, belongs, finder.precision);
    if (outside.length < values.length) outside = new Uint32Array(values.length);
    const outsiders = countCells(
      values,
      values.length,
      finder,
      this.#counts,
      this.#moments,
      this.#spec.centre,
      outside,
    );
    const lowest = finder.edges[0] ?? Number.NaN;
    for (let index = 0; index < outsiders; index++) this.#addOutside(values[outside[index] ?? 0] ?? Number.NaN, lowest);
  }

  addMissing(rows: number): void {
    this.#missing += rows;
  }

  /** The values to count, in the precision to count them in. A view that the next call overwrites. */
  #gather(
    given: Float64Array,
    validity: Uint32Array | undefined,
    belongs: Uint8Array | undefined,
    precision: Precision,
  ): Float64Array {
    if (gathered.length < given.length) gathered = new Float64Array(given.length);
    let length = 0;
    for (let row = 0; row < given.length; row++) {
      if (belongs !== undefined && belongs[row] === 0) continue;
      if (isValid(validity, row)) gathered[length++] = roundTo(precision, given[row] ?? Number.NaN);
      else this.#missing += 1;
    }
    return gathered.subarray(0, length);
  }

  #addOutside(value: number, lowest: number): void {
    if (Number.isNaN(value)) this.#nan += 1;
    else if (value === Number.NEGATIVE_INFINITY) this.#negativeInfinity += 1;
    else if (value === Number.POSITIVE_INFINITY) this.#positiveInfinity += 1;
    else if (value < lowest) this.#below += 1;
    else this.#above += 1;
  }

  endRowGroup(): void {
    this.#sum = addToSum(this.#sum, this.#moments.sum, quantumFor(this.#spec.scale));
    this.#squares = addToSum(this.#squares, this.#moments.squares, quantumFor(this.#spec.scale ** 2));
    this.#moments.sum = 0;
    this.#moments.squares = 0;
  }

  profile(): NumericProfile {
    const { min, max } = this.#moments;
    const anyFinite = min <= max;
    return {
      type: 'numeric',
      spec: this.#spec,
      counts: this.#counts,
      below: this.#below,
      above: this.#above,
      missing: this.#missing,
      nan: this.#nan,
      negativeInfinity: this.#negativeInfinity,
      positiveInfinity: this.#positiveInfinity,
      // Which of 0 and −0 came first must not show.
      min: anyFinite ? min + 0 : undefined,
      max: anyFinite ? max + 0 : undefined,
      sum: this.#sum,
      squares: this.#squares,
    };
  }
}

/** Values that are numbers, infinities included. */
export function presentRows(profile: NumericProfile): number {
  return finiteRows(profile) + profile.negativeInfinity + profile.positiveInfinity;
}

export function finiteRows(profile: NumericProfile): number {
  return profile.counts.reduce((sum, count) => sum + count, profile.below + profile.above);
}

/** Rows without a usable value: missing or NaN. */
export function absentRows(profile: NumericProfile): number {
  return profile.missing + profile.nan;
}

/** Mean and (population) standard deviation of the finite values; undefined without any, or after an overflow. */
export function moments(profile: NumericProfile, spec: NumericSpec): { mean: number; deviation: number } | undefined {
  const rows = finiteRows(profile);
  const sum = sumValue(profile.sum, quantumFor(spec.scale));
  const squares = sumValue(profile.squares, quantumFor(spec.scale ** 2));
  if (rows === 0 || sum === undefined || squares === undefined) return undefined;
  const offset = sum / rows;
  return { mean: spec.centre + offset, deviation: Math.sqrt(Math.max(0, squares / rows - offset ** 2)) };
}

/** Counts on the grid's cells with one more cell at each end for what lies outside, infinities included. */
export function orderedCounts(profile: NumericProfile): Float64Array {
  const counts = new Float64Array(profile.counts.length + 2);
  counts[0] = profile.below + profile.negativeInfinity;
  counts.set(profile.counts, 1);
  counts[counts.length - 1] = profile.above + profile.positiveInfinity;
  return counts;
}
