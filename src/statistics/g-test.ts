import type { ChiSquareTest } from './chi-square.ts';
import { totalCount } from './counts.ts';
import { joinedCells, rowsOf } from './joined-cells.ts';
import { chiSquareSurvival, deviance } from './special.ts';

/**
 * Likelihood-ratio test of homogeneity on the cells of the χ² test: G = 2 Σ O ln(O/E) over the 2 × k table, k − 1 degrees of
 * freedom (`scipy.stats.chi2_contingency(lambda_='log-likelihood', correction=False)`), divided by Williams' correction
 * 1 + (N/n + N/m − 1)(N Σ 1/rows − 1)/(6N(k − 1)) over the cells' rows in both samples (Williams 1976, "Improved likelihood
 * ratio tests for complete contingency tables"), without which it is too large in small samples.
 *
 * Fewer than two cells: statistic 0 with 0 degrees of freedom and p = 1. NaN where either side has no rows or a count is
 * negative or not finite.
 */
export function gTest(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquareTest {
  const cells = joinedCells(reference, current);
  if (cells === undefined) return { statistic: Number.NaN, degreesOfFreedom: Number.NaN, pValue: Number.NaN };
  if (cells.length < 2) return { statistic: 0, degreesOfFreedom: 0, pValue: 1 };

  const n = totalCount(reference);
  const m = totalCount(current);
  const total = n + m;
  let half = 0;
  let reciprocals = 0;
  for (const cell of cells) {
    // Σ O ln(O/E) = Σ (O ln(O/E) − O + E), whose terms are never negative.
    half += deviance(cell.reference, (rowsOf(cell) * n) / total) + deviance(cell.current, (rowsOf(cell) * m) / total);
    reciprocals += 1 / rowsOf(cell);
  }
  const degreesOfFreedom = cells.length - 1;
  const correction = 1 + ((total / n + total / m - 1) * (total * reciprocals - 1)) / (6 * total * degreesOfFreedom);
  const statistic = (2 * half) / correction;
  return { statistic, degreesOfFreedom, pValue: chiSquareSurvival(statistic, degreesOfFreedom) };
}
