import { requireSameCells, totalCount } from './counts.ts';
import { andersonDarlingSurvival } from './quadratic-limits.ts';

/** Variance of the Anderson-Darling limit distribution: 2 Σ 1/(j(j + 1))². */
const LIMIT_VARIANCE = (2 * (Math.PI ** 2 - 9)) / 3;

export interface AndersonDarlingTest {
  /** A²akN of the midrank form: 1 on average without drift. */
  readonly statistic: number;
  /** (A²akN − 1)/σN, the value that `scipy.stats.anderson_ksamp` calls statistic. */
  readonly standardized: number;
  readonly pValue: number;
}

/**
 * Anderson-Darling k-sample test for two samples counted on the same ordered cells, each cell taken as one value: the
 * midrank form for ties of Scholz & Stephens 1987, "K-sample Anderson-Darling tests" (eq. 7; σN: eq. 4). It weighs the
 * tails of a distribution as much as its middle, where Kolmogorov-Smirnov sees little.
 *
 * The p-value does not come from the authors' table, which ends at 0.25 and 0.001 and is far too small under heavy ties
 * (1 % means 5 % for a two-valued column): A²akN is scaled to the limit distribution by its standard deviation given
 * the ties, (A²akN − 1)/σ(ties) = (A² − 1)/σ, and that distribution's tail is computed (`andersonDarlingSurvival`). The
 * scale of tied values is the limit one for many rows, times SciPy's σN over its limit for few.
 *
 * One distinct value: nothing can differ, statistic 0 and p = 1; `standardized` is then NaN. NaN for all where either
 * side has no rows, both have fewer than 4 together, or a count is negative or not finite.
 */
export function andersonDarling(reference: ArrayLike<number>, current: ArrayLike<number>): AndersonDarlingTest {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  const total = n + m;
  if (!(n > 0 && m > 0 && total >= 4)) return { statistic: Number.NaN, standardized: Number.NaN, pValue: Number.NaN };

  let statistic = 0;
  let below = 0;
  let belowReference = 0;
  // Σ λiλj ρij² over pairs of cells i < j, where ρ is the correlation of their terms and λ their pooled shares.
  let correlatedBelow = 0;
  let covariance = 0;
  for (let i = 0; i < reference.length; i++) {
    const share = (reference[i]! + current[i]!) / total;
    if (share === 0) continue;
    if (share === 1) return { statistic: 0, standardized: Number.NaN, pValue: 1 };
    const midReference = (belowReference + reference[i]! / 2) / n;
    const mid = below / total + share / 2;
    const midCurrent = (below - belowReference + current[i]! / 2) / m;
    const variance = mid * (1 - mid) - share / 4;
    statistic += (share * (midReference - midCurrent) ** 2) / variance;
    covariance += share * (share + (2 * correlatedBelow * (1 - mid) ** 2) / variance);
    correlatedBelow += (share * mid * mid) / variance;
    below += reference[i]! + current[i]!;
    belowReference += reference[i]!;
  }
  // In the paper's form n(F − H)² + m(G − H)², with H of the pooled rows, is nm/(n + m) (F − G)².
  statistic *= ((n * m) / total) * ((total - 1) / total);

  const variance = scholzStephensVariance(n, m);
  const givenTies = (2 * covariance * variance) / LIMIT_VARIANCE;
  return {
    statistic,
    standardized: (statistic - 1) / Math.sqrt(variance),
    pValue: andersonDarlingSurvival(1 + (statistic - 1) * Math.sqrt(LIMIT_VARIANCE / givenTies)),
  };
}

/** σN² of Scholz & Stephens for two samples without ties. */
function scholzStephensVariance(n: number, m: number): number {
  const k = 2;
  const total = n + m;
  const H = 1 / n + 1 / m;
  const { h, g } = harmonicSums(total);
  const a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * H;
  const b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * H - 8 * h + 4 * g - 6;
  const c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * H + 4 * h;
  const d = (2 * h + 6) * k * k - 4 * h * k;
  return (((a * total + b) * total + c) * total + d) / ((total - 1) * (total - 2) * (total - 3));
}

/**
 * h = Σ 1/i and g = Σ 1/((N − i) j) over 0 < i < j < N, the second in closed form: Σ H(i)/(N − i) = H(N)² − Σ 1/i²
 * gives g = Σ 1/i² − 2 H(N)/N + 1/N², with the sum up to N and the harmonic number H(N) = h + 1/N.
 */
function harmonicSums(total: number): { h: number; g: number } {
  let harmonic = 0;
  let squares = 0;
  const terms = Math.min(total, 50);
  for (let i = 1; i <= terms; i++) {
    harmonic += 1 / i;
    squares += 1 / (i * i);
  }
  if (total > terms) {
    // Euler-Maclaurin from 50 on: relative error below 1e-15.
    const tail = (f: (x: number) => number) => f(total) - f(terms);
    harmonic += tail((x) => Math.log(x) + 1 / (2 * x) - 1 / (12 * x ** 2) + 1 / (120 * x ** 4) - 1 / (252 * x ** 6));
    squares += tail((x) => -1 / x + 1 / (2 * x ** 2) - 1 / (6 * x ** 3) + 1 / (30 * x ** 5) - 1 / (42 * x ** 7));
  }
  return { h: harmonic - 1 / total, g: squares - (2 * harmonic) / total + 1 / (total * total) };
}
