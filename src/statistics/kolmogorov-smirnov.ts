import { requireSameCells, totalCount } from './counts.ts';
import { BOOTSTRAP_BINS, largestDifferenceBias } from './kolmogorov-smirnov-bias.ts';
import { exactTail, greatestCommonDivisor } from './kolmogorov-smirnov-exact.ts';
import { kolmogorovSurvival, normalQuantile } from './special.ts';

/**
 * Two-sample Kolmogorov-Smirnov statistic D in [0, 1], the largest |F − G| of the two empirical distribution functions,
 * over the upper edges of the same ordered cells. It is the D of the raw values (`scipy.stats.ks_2samp`) where each
 * cell holds one distinct value, and a lower bound of it otherwise: see `ksBracket`. NaN where either side has no rows
 * or a count is negative or not finite.
 */
export function ksStatistic(referenceCounts: ArrayLike<number>, currentCounts: ArrayLike<number>): number {
  return ksBracket(referenceCounts, currentCounts).lower;
}

/**
 * The D of the raw values lies in [lower, upper], whatever they are within their cells. Both empirical distribution
 * functions are exact at the cells' edges, so `lower` is the largest difference there; between a cell's edges F can
 * rise before or after G, so that the difference reaches at most max(F(hi) − G(lo), G(hi) − F(lo)): `upper` is the
 * largest of those. (A cell that is empty on one side adds nothing: its term is then a difference at one of its edges.)
 *
 * @param isPoint non-zero for a cell that holds one distinct value, inside which nothing is uncertain; by default none
 * @returns `at`: index of the cell at whose upper edge the difference is largest, the first of equals. All three
 *   are NaN where either side has no rows or a count is negative or not finite.
 */
export function ksBracket(
  referenceCounts: ArrayLike<number>,
  currentCounts: ArrayLike<number>,
  isPoint?: ArrayLike<number>,
): { lower: number; upper: number; at: number } {
  requireSameCells(referenceCounts, currentCounts);
  const n = totalCount(referenceCounts);
  const m = totalCount(currentCounts);
  if (!(n > 0 && m > 0)) return { lower: Number.NaN, upper: Number.NaN, at: Number.NaN };

  let lower = 0;
  let upper = 0;
  let at = 0;
  let countBelowF = 0;
  let countBelowG = 0;
  let low = { f: 0, g: 0 };
  for (let i = 0; i < referenceCounts.length; i++) {
    countBelowF += referenceCounts[i]!;
    countBelowG += currentCounts[i]!;
    const high = { f: countBelowF / n, g: countBelowG / m };
    const difference = Math.abs(high.f - high.g);
    if (difference > lower) {
      lower = difference;
      at = i;
    }
    upper = Math.max(upper, isPoint?.[i] ? difference : Math.max(high.f - low.g, high.g - low.f));
    low = high;
  }
  return { lower, upper: Math.max(lower, upper), at };
}

/** Up to here the exact tail takes at most 0.6 ms (measured), usually a tenth of it. */
const EXACT_UP_TO = { productOfSizes: 500_000, equalSize: 20_000 };

/**
 * P(D ≥ d) for two samples of n and m rows from one continuous distribution, two-sided; for tied or gridded values it
 * is an upper bound (conservative).
 *
 * Exact (`scipy.stats.ks_2samp(method='exact')`) for n·m ≤ 500,000, and for n = m ≤ 20,000. Beyond, Kolmogorov's limit
 * distribution at d √(nm/(n + m)) (Smirnov 1939), without the usual continuity corrections: against exact values for
 * unequal sizes it is too large, never too small, by ≤ 14 % at p = 0.01 and ≤ 40 % at p = 1e-6 with 100 rows on one
 * side, by 6 % and 11 % with 1,000. Which of the two depends on the sizes alone, so p only decreases in d.
 *
 * @param n rows of one sample, @param m of the other; NaN unless both are > 0. d ≤ 0 gives 1 and d > 1 gives 0.
 */
export function ksPValue(d: number, n: number, m: number): number {
  if (Number.isNaN(d) || !(n > 0 && m > 0)) return Number.NaN;
  if (d <= 0) return 1;
  if (d > 1) return 0;
  const whole = Number.isInteger(n) && Number.isInteger(m);
  if (whole && (n * m <= EXACT_UP_TO.productOfSizes || (n === m && n <= EXACT_UP_TO.equalSize))) {
    const latticeSize = (n / greatestCommonDivisor(n, m)) * m;
    // D is a multiple of 1/latticeSize up to rounding, which must not lift it to the next multiple.
    return exactTail(Math.ceil(d * latticeSize - 1e-6), n, m);
  }
  return kolmogorovSurvival(d / Math.sqrt(1 / n + 1 / m));
}

/**
 * D and its p-value from raw samples in any order, ties included (`scipy.stats.ks_2samp`): for small data and for
 * checks of what comes from cells. ±∞ are values like others. NaN for both where a sample is empty or holds a NaN.
 */
export function ksTwoSample(x: Float64Array, y: Float64Array): { statistic: number; pValue: number } {
  const a = x.toSorted();
  const b = y.toSorted();
  // Sorting puts NaN last.
  if (!(a.length > 0 && b.length > 0) || Number.isNaN(a[a.length - 1]) || Number.isNaN(b[b.length - 1])) {
    return { statistic: Number.NaN, pValue: Number.NaN };
  }
  let statistic = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length));
  }
  return { statistic, pValue: ksPValue(statistic, a.length, b.length) };
}

/** Differences this close to the largest, in standard errors at F = G = ½, may be the true largest as well. */
const NEARLY_LARGEST = 0.5;

/**
 * Confidence interval of D = sup |F − G| of the two distributions behind the samples, counted on the same ordered
 * cells.
 *
 * The plain D, the largest of many noisy differences, is too large; the bias that a bootstrap on at most 64 bins of
 * about equal shares finds (`largestDifferenceBias`) is subtracted. The half-width is z √(F(1 − F)/n + G(1 − G)/m), the
 * variance averaged over the edges where the difference is nearly the largest: a flat F − G peaks anywhere, and one with a
 * kink has very different variances on its two sides, the largest of which covers D in up to 99 % of runs. F and G get
 * z²/2 rows on either side (Agresti & Coull 1998), so that it is not 0 at F = 0 or 1. Estimate and bounds are clamped
 * to [0, 1]. Counts of rows, not probabilities.
 *
 * Simulated, n and m from 500 to 20,000, true shifts of 0.2 to 1 σ of normal, uniform, Laplace, Cauchy and log-normal
 * values: the 95 % interval covers D in 92–98 % of runs.
 * NaN where either side has no rows or a count is negative or not finite, or `level` is not in [0, 1].
 */
export function ksInterval(
  referenceCounts: ArrayLike<number>,
  currentCounts: ArrayLike<number>,
  level = 0.95,
): { estimate: number; lower: number; upper: number } {
  const largest = ksStatistic(referenceCounts, currentCounts);
  if (Number.isNaN(largest)) return { estimate: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  const n = totalCount(referenceCounts);
  const m = totalCount(currentCounts);

  const z2 = normalQuantile((1 + level) / 2) ** 2;
  const nearlyLargest = largest - NEARLY_LARGEST * Math.sqrt((1 / n + 1 / m) / 4);
  const p: number[] = [];
  const q: number[] = [];
  let belowF = 0;
  let belowG = 0;
  let binStartF = 0;
  let binStartG = 0;
  let variances = 0;
  let edges = 0;
  for (let i = 0; i < referenceCounts.length; i++) {
    belowF += referenceCounts[i]!;
    belowG += currentCounts[i]!;
    if (Math.abs(belowF / n - belowG / m) >= nearlyLargest) {
      const f = (belowF + z2 / 2) / (n + z2);
      const g = (belowG + z2 / 2) / (m + z2);
      variances += (f * (1 - f)) / (n + z2) + (g * (1 - g)) / (m + z2);
      edges += 1;
    }
    if ((belowF / n + belowG / m) / 2 >= (p.length + 1) / BOOTSTRAP_BINS) {
      p.push((belowF - binStartF) / n);
      q.push((belowG - binStartG) / m);
      binStartF = belowF;
      binStartG = belowG;
    }
  }
  const corrected = largest - largestDifferenceBias(p, q, n, m);
  const margin = Math.sqrt((z2 * variances) / edges);
  return { estimate: clamp(corrected), lower: clamp(corrected - margin), upper: clamp(corrected + margin) };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
