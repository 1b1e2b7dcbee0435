import { requireSameCells, totalCount } from './counts.ts';

/**
 * Total variation distance ½ Σ |p − q| in [0, 1]: the largest difference of the probabilities that the two samples give
 * to any set of cells; the share of one sample that the other cannot account for.
 * NaN where either side has no rows or a count is negative or not finite.
 */
export function totalVariation(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < reference.length; i++) sum += Math.abs(reference[i]! / n - current[i]! / m);
  return Math.min(1, sum / 2);
}

/**
 * Total variation without what sampling alone gives: √max(0, TV² − E₀²), where E₀ = ½ Σ √(2/π · p(1 − p)(1/n + 1/m)) is
 * the expectation of TV for two samples of one distribution, with the pooled shares p: the mean of |N(0, σ²)| is
 * √(2/π) σ, cell by cell. Samples without a cell in common give 1 at any size. Counts of rows, not probabilities.
 * NaN where either side has no rows or a count is negative or not finite.
 */
export function correctedTotalVariation(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const distance = totalVariation(reference, current);
  if (Number.isNaN(distance)) return Number.NaN;
  const n = totalCount(reference);
  const m = totalCount(current);
  let expected = 0;
  let disjoint = true;
  for (let i = 0; i < reference.length; i++) {
    if (reference[i]! > 0 && current[i]! > 0) disjoint = false;
    const p = (reference[i]! + current[i]!) / (n + m);
    expected += Math.sqrt((2 / Math.PI) * p * (1 - p) * (1 / n + 1 / m));
  }
  if (disjoint) return 1;
  expected /= 2;
  return Math.sqrt(Math.max(0, distance * distance - expected * expected));
}
