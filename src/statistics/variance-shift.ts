import type { SampleMoments } from './mean-shift.ts';

/**
 * The change of the variance in standard errors: ln(s²y/s²x) over its standard error, positive where the current
 * variance is larger. The error is √((κ − (n − 3)/(n − 1))(1/n + 1/m)) with each sample's own n, where κ is the
 * kurtosis of the distribution, E(x − μ)⁴/σ⁴ (Layard 1973; with the small-sample term of Bonett 2006). The usual F test
 * takes κ = 3 for granted and alarms on every heavy-tailed column: pass the kurtosis of the training data, whose
 * sampling error the profiles' moments do not know.
 *
 * Both samples constant: 0. One of them: ±Infinity. NaN where either side has fewer than 2 rows, a variance is negative
 * or not finite, or κ is below 1, which no distribution has. An infinite κ gives 0: nothing can be said.
 */
export function varianceShift(
  reference: Pick<SampleMoments, 'count' | 'variance'>,
  current: Pick<SampleMoments, 'count' | 'variance'>,
  kurtosis = 3,
): number {
  if (!isUsable(reference) || !isUsable(current) || !(kurtosis >= 1)) return Number.NaN;
  if (reference.variance === current.variance) return 0;
  const logRatio = Math.log(current.variance / reference.variance);
  return logRatio / Math.sqrt(squaredLogError(reference.count, kurtosis) + squaredLogError(current.count, kurtosis));
}

function isUsable({ count, variance }: { count: number; variance: number }): boolean {
  return count >= 2 && variance >= 0 && variance < Number.POSITIVE_INFINITY;
}

function squaredLogError(count: number, kurtosis: number): number {
  return (kurtosis - (count - 3) / (count - 1)) / count;
}
