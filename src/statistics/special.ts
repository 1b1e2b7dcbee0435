import erfc from '@stdlib/math-base-special-erfc';
import gammainc from '@stdlib/math-base-special-gammainc';
import quantile from '@stdlib/stats-base-dists-normal-quantile';

/**
 * P(X ≥ x) of a χ² distribution, `scipy.stats.chi2.sf`: the regularised upper incomplete gamma function Q(df/2, x/2).
 * With 0 degrees of freedom all mass is at 0. The library is up to 2 % too large where x > 2,000, which matters only
 * beyond about 1,900 degrees of freedom (at 1,000, p is then below 1e-90). NaN for a negative or NaN argument of either
 * kind.
 */
export function chiSquareSurvival(x: number, degreesOfFreedom: number): number {
  if (!(x >= 0) || !(degreesOfFreedom >= 0)) return Number.NaN;
  if (x === 0) return 1;
  if (degreesOfFreedom === 0 || x === Number.POSITIVE_INFINITY) return 0;
  return gammainc(x / 2, degreesOfFreedom / 2, true, true);
}

/** P(Z ≥ z) of the standard normal distribution, accurate in the tail (`scipy.stats.norm.sf`). */
export function normalSurvival(z: number): number {
  return erfc(z * Math.SQRT1_2) / 2;
}

/**
 * The z below which a standard normal variable falls with probability `p` (`scipy.stats.norm.ppf`), to 1e-9 for p from
 * 1e-9. NaN outside [0, 1].
 */
export function normalQuantile(p: number): number {
  return quantile(p, 0, 1);
}

/**
 * P(K ≥ x) of Kolmogorov's limit distribution, `scipy.special.kolmogorov`: 2 Σ (−1)^(k−1) exp(−2k²x²), and below 1 its
 * theta transform 1 − √(2π)/x Σ exp(−(2k−1)²π²/(8x²)), which converges where the first series does not
 * (Marsaglia, Tsang & Wang 2003, "Evaluating Kolmogorov's distribution"). NaN for NaN.
 */
export function kolmogorovSurvival(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x < 1) {
    const q = Math.exp(-(Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * (q + q ** 9 + q ** 25 + q ** 49);
  }
  const q = Math.exp(-2 * x * x);
  return 2 * (q - q ** 4 + q ** 9 - q ** 16 + q ** 25);
}

/**
 * x ln(x/mean) − x + mean ≥ 0, accurate also near x = mean (`bd0` of Loader 2000; `scipy.special.kl_div`). `mean` at x
 * = 0, infinite at mean = 0 < x.
 */
export function deviance(x: number, mean: number): number {
  if (x === 0) return mean;
  const difference = x - mean;
  // Written so that NaN takes this way too.
  if (!(Math.abs(difference) < 0.1 * (x + mean))) return x * Math.log(x / mean) + mean - x;
  const ratio = difference / (x + mean);
  let sum = difference * ratio;
  let term = 2 * x * ratio;
  for (let j = 1; ; j++) {
    term *= ratio * ratio;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return next;
    sum = next;
  }
}
