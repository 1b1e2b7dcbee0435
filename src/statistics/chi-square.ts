import { requireSameCells, totalCount } from './counts.ts';
import { gTest } from './g-test.ts';
import { hypergeometricProbability } from './hypergeometric.ts';
import { joinedCells, rowsOf } from './joined-cells.ts';
import { chiSquareSurvival } from './special.ts';

export interface ChiSquareTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

const NO_ANSWER = { statistic: Number.NaN, degreesOfFreedom: Number.NaN, pValue: Number.NaN };

/**
 * Pearson's χ² test that two samples, counted on the same cells, come from one distribution: Σ (O − E)²/E over the 2 ×
 * k table, k − 1 degrees of freedom (`scipy.stats.chi2_contingency` with `correction=False`). Counts of rows.
 *
 * Cells that expect fewer than 5 rows are joined (`joinedCells`); `cells` is the number left. Fewer than two: nothing can
 * differ, statistic 0 with 0 degrees of freedom and p = 1. NaN where either side has no rows or a count is negative or not
 * finite.
 */
export function chiSquareHomogeneity(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): ChiSquareTest & { readonly cells: number } {
  const cells = joinedCells(reference, current);
  if (cells === undefined) return { ...NO_ANSWER, cells: Number.NaN };
  if (cells.length < 2) return { statistic: 0, degreesOfFreedom: 0, pValue: 1, cells: cells.length };

  const n = totalCount(reference);
  const m = totalCount(current);
  let statistic = 0;
  for (const cell of cells) {
    const difference = cell.reference / n - cell.current / m;
    statistic += (difference * difference) / rowsOf(cell);
  }
  statistic *= n * m;
  const degreesOfFreedom = cells.length - 1;
  return {
    statistic,
    degreesOfFreedom,
    pValue: chiSquareSurvival(statistic, degreesOfFreedom),
    cells: cells.length,
  };
}

/**
 * The χ² statistic with the larger of its own p-value and the likelihood-ratio test's (`gTest`): evidence that holds its
 * level far in the tail, which an adjustment over many signals needs.
 *
 * Where one sample is small, Pearson's p-value alone is too small there. A training sample of 300 rows against many, at
 * p = 1e-4: 3 times with cells that expect 5 to 20 rows, as a Poisson count's upper tail is heavier than a normal one's; and
 * 3 times on deciles that were cut from the same 300 rows, as then it is the window's shares, in the denominator, that
 * scatter. G is too small where Pearson's X² is too large, and the reverse: both have to be convinced. Simulated rates of
 * this p-value at 1e-2 to 3e-5 are 0.3 to 1.3 times the level.
 */
export function homogeneityEvidence(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquareTest {
  const { statistic, degreesOfFreedom, pValue } = chiSquareHomogeneity(reference, current);
  return { statistic, degreesOfFreedom, pValue: Math.max(pValue, gTest(reference, current).pValue) };
}

/**
 * The cell whose share differs most significantly: the smallest p-value of the k tests of one cell against all others,
 * not corrected for their number, and the cell's index (the first of equals).
 *
 * Each is Fisher's exact test, twice the smaller tail of the hypergeometric distribution and at most 1: it holds its
 * level at any count, which a normal approximation does not in the far tail that many cells need.
 * Counts of whole rows. NaN for both where either side has no rows, or a count is negative, fractional or not finite.
 */
export function bestSingleCell(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): { readonly pValue: number; readonly index: number } {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return { pValue: Number.NaN, index: Number.NaN };
  let best = { pValue: Number.POSITIVE_INFINITY, index: Number.NaN };
  for (let i = 0; i < reference.length; i++) {
    if (!Number.isInteger(reference[i]!) || !Number.isInteger(current[i]!))
      return { pValue: Number.NaN, index: Number.NaN };
    const pValue = fisherBelow(best.pValue, reference[i]!, current[i]!, n, m);
    if (pValue < best.pValue) best = { pValue, index: i };
  }
  return best;
}

/**
 * Fisher's exact p-value of one cell, or any number ≥ `bound` as soon as it is certain to be that. Terms are added from
 * the observed count outwards, where they only decrease.
 */
function fisherBelow(bound: number, inReference: number, inCurrent: number, n: number, m: number): number {
  const total = n + m;
  const marked = inReference + inCurrent;
  const x = inCurrent;
  // A term's ratio to its neighbour, a step away from the expected count, is below 1 on either side of the mode.
  const upwards = x * total >= marked * m;
  let term = hypergeometricProbability(x, total, marked, m);
  let tail = 0;
  for (let i = x; term > tail * 1e-17; i += upwards ? 1 : -1) {
    tail += term;
    if (2 * tail >= bound) return 2 * tail;
    term *= upwards
      ? ((marked - i) / (i + 1)) * ((m - i) / (total - marked - m + i + 1))
      : (i / (marked - i + 1)) * ((total - marked - m + i) / (m - i + 1));
  }
  return Math.min(1, 2 * tail);
}

/**
 * The evidence that a categorical signal changed: the χ² statistic with p = min(1, 2 · χ² p-value, 2k · smallest
 * single-cell p-value) over the k cells that have rows, the χ² p-value being that of `homogeneityEvidence`. χ² sees many
 * small changes, the single cell one among many categories; Bonferroni's factors pay for looking at both. NaN as in
 * `chiSquareHomogeneity` and `bestSingleCell`.
 */
export function categoricalEvidence(reference: ArrayLike<number>, current: ArrayLike<number>): ChiSquareTest {
  const { statistic, degreesOfFreedom, pValue } = homogeneityEvidence(reference, current);
  let cells = 0;
  for (let i = 0; i < reference.length; i++) if (reference[i]! + current[i]! > 0) cells++;
  const single = bestSingleCell(reference, current).pValue;
  return { statistic, degreesOfFreedom, pValue: Math.min(1, 2 * pValue, 2 * cells * single) };
}
