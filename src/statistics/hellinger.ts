import { requireSameCells, totalCount } from './counts.ts';

/**
 * Hellinger distance √(½ Σ (√p − √q)²) in [0, 1]: 0 for equal shares, 1 for disjoint ones (Hellinger 1909; this
 * normalisation is √(1 − Bhattacharyya coefficient)). NaN where either side has no rows or a count is negative or not
 * finite.
 */
export function hellingerDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    sum += (Math.sqrt(reference[i]! / n) - Math.sqrt(current[i]! / m)) ** 2;
  }
  return Math.min(1, Math.sqrt(sum / 2));
}
