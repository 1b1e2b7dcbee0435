import { requireSameCells, totalCount } from './counts.ts';

/**
 * L∞ (Chebyshev) distance max |p − q| in [0, 1]: the largest change of one cell's share
 * (`scipy.spatial.distance.chebyshev` of the shares). NaN where either side has no rows or a count is negative or not
 * finite.
 */
export function lInfinityDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let largest = 0;
  for (let i = 0; i < reference.length; i++) largest = Math.max(largest, Math.abs(reference[i]! / n - current[i]! / m));
  return largest;
}
