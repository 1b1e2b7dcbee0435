/** A number estimated from a window, with its 95 % interval; null where the data give none. */
export interface Estimate {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface Rows {
  readonly baseline: number;
  readonly window: number;
}

/** Rows of both sides in the same bins. */
export interface Binned {
  readonly baseline: readonly number[];
  readonly window: readonly number[];
}

/** What is measured on one thing that may drift: the input of a verdict. */
export interface Measurement {
  /** Rows that were compared, missing values included. */
  readonly rows: Rows;
  readonly psi: Estimate;
  /** Numeric: Kolmogorov-Smirnov distance of the values that are there. Categorical: the largest change of one share. */
  readonly distance: Estimate;
  /** Rows that `distance` is measured on. */
  readonly distanceRows: Rows;
  /** The kind's usual test first: that is the textbook rule's. */
  readonly tests: readonly Test[];
  /** One for all that was tested; 1 where nothing could be. */
  readonly pValue: number;
  /** Measurements of the same signal, this one included; 1 where absent. */
  readonly family?: number;
  /** Share of the window that the baseline cannot account for, corrected for sampling noise. */
  readonly unaccounted: number;
  /** Rows in the bins of the stability index, missing values included. */
  readonly binned: Binned;
}

export interface Test {
  readonly name: 'kolmogorov-smirnov' | 'chi-square';
  readonly statistic: number | null;
  readonly pValue: number | null;
}

export const NO_ESTIMATE: Estimate = { value: null, lower: null, upper: null };

/** An estimate with its bounds, non-finite numbers as null. */
export function estimate(value: number, lower: number, upper: number): Estimate {
  return { value: finite(value), lower: finite(lower), upper: finite(upper) };
}

export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Bonferroni over the tests of one signal; those that could not be made (NaN) do not count. */
export function combine(pValues: readonly number[]): number {
  const known = pValues.filter((p) => !Number.isNaN(p));
  return known.length === 0 ? 1 : Math.min(1, known.length * Math.min(...known));
}
