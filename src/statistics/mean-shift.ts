/** What a profile keeps of a sample: its finite values' number, mean, and variance with n − 1 in the denominator. */
export interface SampleMoments {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * The change of the mean in standard errors, (ȳ − x̄)/√(s²x/n + s²y/m), positive where the current mean is larger:
 * Welch's statistic (1947; `scipy.stats.ttest_ind(current, reference, equal_var=False)`). Standard normal without a
 * change of the mean, for many rows.
 *
 * Two constant samples: 0 where they are equal, else ±Infinity. NaN where either side has fewer than 2 rows, or a
 * moment is not finite or a variance negative.
 */
export function meanShift(reference: SampleMoments, current: SampleMoments): number {
  const difference = current.mean - reference.mean;
  const squaredError = squaredStandardError(reference) + squaredStandardError(current);
  if (!Number.isFinite(difference) || Number.isNaN(squaredError)) return Number.NaN;
  return difference === 0 ? 0 : difference / Math.sqrt(squaredError);
}

function squaredStandardError({ count, variance }: SampleMoments): number {
  return count >= 2 && variance >= 0 && variance < Number.POSITIVE_INFINITY ? variance / count : Number.NaN;
}
