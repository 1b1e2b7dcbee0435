/** A number estimated from a window, with its 95 % interval; null where the data give none. */
export interface Estimate {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What is measured on one thing that may drift: the input of a verdict. */
export interface Measurement {
  /** Rows that were compared, missing values included. */
  readonly rows: { readonly baseline: number; readonly window: number };
  readonly psi: Estimate;
  /** Numeric: Kolmogorov-Smirnov distance. Categorical: the largest change of one share. */
  readonly distance: Estimate;
  /** Of the single tests, for people and for the textbook rule. */
  readonly tests: readonly Test[];
  /** One for all tests together; 1 where nothing could be tested. */
  readonly pValue: number;
  /** Share of the window that the baseline cannot account for, corrected for sampling noise. */
  readonly unaccounted: number;
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

/** Bonferroni over the tests of one signal. */
export function combine(pValues: readonly number[]): number {
  const known = pValues.filter((p) => !Number.isNaN(p));
  return known.length === 0 ? 1 : Math.min(1, known.length * Math.min(...known));
}
