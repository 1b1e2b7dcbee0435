import { requireSameCells, totalCount } from './counts.ts';

/**
 * Jensen-Shannon divergence ½ KL(p ‖ M) + ½ KL(q ‖ M), M = (p + q)/2, in bits and so in [0, 1] (Lin 1991): 0 for equal
 * shares, 1 for disjoint ones. In nats it is ln 2 times this.
 * NaN where either side has no rows or a count is negative or not finite.
 */
export function jensenShannonDivergence(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let nats = 0;
  for (let i = 0; i < reference.length; i++) {
    const p = reference[i]! / n;
    const q = current[i]! / m;
    const middle = (p + q) / 2;
    if (middle === 0) continue;
    // With p = M(1 + x) and q = M(1 − x) the two logarithms of nearly equal shares do not cancel.
    const x = (p - q) / (p + q);
    nats += middle * (Math.abs(x) === 1 ? Math.LN2 : x * Math.atanh(x) + Math.log1p(-x * x) / 2);
  }
  return Math.min(1, nats / Math.LN2);
}

/**
 * Jensen-Shannon distance, the square root of the divergence in bits: a metric in [0, 1] (Endres & Schindelin 2003;
 * `scipy.spatial.distance.jensenshannon(p, q, base=2)`). SciPy's default is in nats: √(ln 2) times this.
 * NaN as for the divergence.
 */
export function jensenShannonDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  return Math.sqrt(jensenShannonDivergence(reference, current));
}
