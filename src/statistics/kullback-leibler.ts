import { requireSameCells, totalCount } from './counts.ts';
import { deviance } from './special.ts';

/**
 * Kullback-Leibler divergence of the current from the reference distribution, KL(q ‖ p) = Σ q ln(q/p), in nats
 * (`scipy.stats.entropy(current, reference)`): what coding the current rows by the reference's shares costs.
 *
 * Infinite where a cell has current rows and no reference rows: nothing is smoothed; the population stability index is
 * the symmetric, floored relative. NaN where either side has no rows or a count is negative or not finite.
 */
export function kullbackLeiblerDivergence(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let sum = 0;
  // Σ q ln(q/p) = Σ (q ln(q/p) − q + p), whose terms are never negative.
  for (let i = 0; i < reference.length; i++) sum += deviance(current[i]! / m, reference[i]! / n);
  return sum;
}

/**
 * The same with half a row more in every cell of either side (Krichevsky & Trofimov 1981), so that it is finite where the
 * current sample has rows in a cell without reference rows: for histograms, whose outermost bins are thin. NaN as above.
 */
export function smoothedKullbackLeiblerDivergence(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const smoothed = (counts: ArrayLike<number>) => Float64Array.from(counts, (count) => count + 0.5);
  if (!(totalCount(reference) > 0 && totalCount(current) > 0)) return Number.NaN;
  return kullbackLeiblerDivergence(smoothed(reference), smoothed(current));
}
