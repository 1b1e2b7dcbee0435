import { deviance } from './special.ts';

const SMALL_STIRLING_ERRORS = [
  0, 0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.020790672103765093, 0.016644691189821193,
  0.013876128823070748, 0.011896709945891771, 0.010411265261972096, 0.009255462182712733, 0.00833056343336287,
  0.007573675487951841, 0.00694284010720953, 0.006408994188004207, 0.0059513701127588475, 0.005554733551962801,
];

/**
 * ln(n!) − ln(√(2πn) (n/e)^n), the error of Stirling's formula, which is exactly what is lost in ln(n!) differences.
 */
function stirlingError(n: number): number {
  if (n < SMALL_STIRLING_ERRORS.length) return SMALL_STIRLING_ERRORS[n]!;
  const square = n * n;
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n;
}

/** ln of the binomial probability of x successes in n, by Loader's saddle point expansion. 0 < p < 1. */
function logBinomial(x: number, n: number, p: number): number {
  if (x === 0) return n * Math.log1p(-p);
  if (x === n) return n * Math.log(p);
  return (
    stirlingError(n) -
    stirlingError(x) -
    stirlingError(n - x) -
    deviance(x, n * p) -
    deviance(n - x, n * (1 - p)) -
    0.5 * Math.log((2 * Math.PI * x * (n - x)) / n)
  );
}

/**
 * The probability that `drawn` rows out of `total`, of which `marked` are marked, contain exactly x marked ones
 * (`scipy.stats.hypergeom.pmf`), from three binomials (Loader 2000, "Fast and accurate computation of binomial
 * probabilities"): correct to about 1e-14 relative also for totals of millions, where differences of ln Γ are not.
 * Whole numbers; 0 outside the possible range.
 */
export function hypergeometricProbability(x: number, total: number, marked: number, drawn: number): number {
  if (x < Math.max(0, drawn - (total - marked)) || x > Math.min(marked, drawn)) return 0;
  if (marked === 0 || marked === total || drawn === 0 || drawn === total) return 1;
  const p = drawn / total;
  return Math.exp(logBinomial(x, marked, p) + logBinomial(drawn - x, total - marked, p) - logBinomial(drawn, total, p));
}
