import { requireSameCells, totalCount } from './counts.ts';

/**
 * Wasserstein-1 (earth mover's) distance ∫ |F − G| dx, in the values' unit, with all rows of a cell at its position
 * (`scipy.stats.wasserstein_distance(positions, positions, reference, current)`). Where the raw values are spread over
 * their cells, it differs from theirs by at most Σ (p + q) · (distance of the cell's values from its position).
 *
 * @param positions one representative value a cell, ascending, else a RangeError; those of cells without rows are not
 *   looked at
 * @returns NaN where either side has no rows, a count is negative or not finite, or a cell with rows is at NaN or ±∞
 */
export function wassersteinDistance(
  positions: ArrayLike<number>,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): number {
  requireSameCells(reference, current);
  requireSameCells(positions, reference);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let distance = 0;
  let belowF = 0;
  let belowG = 0;
  let previous: number | undefined;
  for (let i = 0; i < positions.length; i++) {
    if (reference[i] === 0 && current[i] === 0) continue;
    const position = positions[i]!;
    if (!Number.isFinite(position)) return Number.NaN;
    if (previous !== undefined) {
      if (position < previous) throw new RangeError(`cell positions must ascend: ${previous}, then ${position}`);
      distance += Math.abs(belowF / n - belowG / m) * (position - previous);
    }
    belowF += reference[i]!;
    belowG += current[i]!;
    previous = position;
  }
  return distance;
}

/**
 * Wasserstein-1 distance in units of the reference's standard deviation, which makes features comparable: a shift of
 * all rows by one standard deviation gives 1. A constant reference gives 0 where nothing moved, else Infinity. NaN as
 * for the distance itself, and for a standard deviation that is negative or NaN.
 */
export function standardizedWassersteinDistance(
  positions: ArrayLike<number>,
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  standardDeviation: number,
): number {
  const distance = wassersteinDistance(positions, reference, current);
  if (!(standardDeviation >= 0)) return Number.NaN;
  return distance === 0 ? 0 : distance / standardDeviation;
}
