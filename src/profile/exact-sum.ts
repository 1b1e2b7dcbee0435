/**
 * A sum that adds exactly in any order: each row group's sum is rounded once to a multiple of a quantum that the baseline
 * fixes, and held as an integer.
 */
export interface ExactSum {
  /** Multiples of the quantum. */
  readonly units: bigint;
  /** Row groups whose sum was too large for a double and is not in `units`. */
  readonly overflows: number;
}

export const ZERO_SUM: ExactSum = { units: 0n, overflows: 0 };

/** A power of two 2⁻³² times the size of a typical summand: a row group's rounding stays far below any noise. */
export function quantumFor(scale: number): number {
  const size = Number.isFinite(scale) && scale > 0 ? scale : 1;
  return 2 ** Math.max(-1000, Math.floor(Math.log2(size)) - 32);
}

export function addToSum(sum: ExactSum, rowGroupSum: number, quantum: number): ExactSum {
  const multiple = Math.round(rowGroupSum / quantum);
  if (!Number.isFinite(multiple)) return { ...sum, overflows: sum.overflows + 1 };
  return { ...sum, units: sum.units + BigInt(multiple) };
}

export function mergeSums(a: ExactSum, b: ExactSum): ExactSum {
  return { units: a.units + b.units, overflows: a.overflows + b.overflows };
}

/** The sum as a double; undefined where an overflow has spoilt it, or it is too large for one. */
export function sumValue(sum: ExactSum, quantum: number): number | undefined {
  const value = Number(sum.units) * quantum;
  return sum.overflows === 0 && Number.isFinite(value) ? value : undefined;
}
