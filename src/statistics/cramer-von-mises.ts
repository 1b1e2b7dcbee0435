import { requireSameCells, totalCount } from './counts.ts';
import { cramerVonMisesSurvival } from './quadratic-limits.ts';

/** Mean and variance of the Cramér-von Mises limit distribution. */
const LIMIT = { mean: 1 / 6, variance: 1 / 45 };

/**
 * Cramér-von Mises two-sample test on samples counted on the same ordered cells, each cell taken as one value: T =
 * nm/N² Σ (F − G)² over all N = n + m rows (Anderson 1962, "On the distribution of the two-sample Cramér-von Mises
 * criterion"), tied rows at their common value. Without ties `scipy.stats.cramervonmises_2samp(method='asymptotic')`;
 * with ties SciPy's midranks make T large for unequal sizes whatever the values are (742 for constant samples of 100
 * and 1,000 rows), so this is not followed.
 *
 * The p-value is the limit distribution's tail at T standardised by its mean and variance without drift. Both are those
 * given the ties; the variance is the limit one for many rows, scaled so that it is exact without ties.
 * One distinct value: T = 0 and p = 1. NaN where either side has no rows or a count is negative or not finite.
 */
export function cramerVonMises(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): { readonly statistic: number; readonly pValue: number } {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  const total = n + m;
  if (!(n > 0 && m > 0)) return { statistic: Number.NaN, pValue: Number.NaN };

  let statistic = 0;
  let mean = 0;
  // Σ λiλj Cov² over pairs of cells, with pooled shares λ and Cov = c(1 − d) at pooled distribution functions c ≤ d.
  let covariance = 0;
  let covarianceBelow = 0;
  let belowF = 0;
  let belowG = 0;
  for (let i = 0; i < reference.length; i++) {
    belowF += reference[i]!;
    belowG += current[i]!;
    const share = (reference[i]! + current[i]!) / total;
    const c = (belowF + belowG) / total;
    statistic += share * (belowF / n - belowG / m) ** 2;
    mean += share * c * (1 - c);
    covariance += share * (1 - c) ** 2 * (2 * covarianceBelow + share * c * c);
    covarianceBelow += share * c * c;
  }
  statistic *= (n * m) / total;
  mean *= total / (total - 1);
  if (!(mean > 0)) return { statistic, pValue: 1 };

  const untied = ((total + 1) * (4 * n * m * total - 3 * (n * n + m * m) - 2 * n * m)) / (180 * total * total * n * m);
  const limitOfUntied = LIMIT.variance * (1 + 2.5 / total ** 2 - 3.5 / total ** 4);
  const variance = (2 * covariance * untied) / limitOfUntied;
  const standardized = LIMIT.mean + (statistic - mean) * Math.sqrt(LIMIT.variance / variance);
  return { statistic, pValue: cramerVonMisesSurvival(standardized) };
}
