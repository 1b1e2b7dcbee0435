import { requireSameCells, totalCount } from './counts.ts';
import { normalQuantile } from './special.ts';

/** Of the Krichevsky-Trofimov estimator: what keeps a cell that is empty on one side from making the divergence infinite. */
const PSEUDO_COUNT = 0.5;

/**
 * Kullback-Leibler divergence KL(q ‖ p) = Σ q ln(q/p) of the current from the reference distribution, in nats, with half a row
 * added to each of the k cells that either side has rows in, and its confidence interval.
 *
 * The plain estimate is too large by about (k − 1)/2 (1/n + 1/m), since without a difference twice of it is distributed like
 * (1/n + 1/m) χ²(k − 1); that is subtracted. The variance is the delta method's, Var_q(ln(q/p))/m + Var_p(q/p)/n, and at least
 * the second-order term (k − 1)/2 (1/n + 1/m)², all that there is without a difference. Estimate and bounds are at least 0.
 *
 * Simulated on 22 cells, n and m from 500 to 20,000, shifts of a normal by 0 to 1 σ: the 95 % interval covers the truth in
 * 90–100 % of runs. NaN where either side has no rows or a count is negative or not finite.
 */
export function kullbackLeiblerInterval(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  level = 0.95,
): { readonly estimate: number; readonly lower: number; readonly upper: number } {
  requireSameCells(reference, current);
  const rows = { reference: totalCount(reference), current: totalCount(current) };
  if (!(rows.reference > 0 && rows.current > 0)) return { estimate: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  let cells = 0;
  for (let i = 0; i < reference.length; i++) if (reference[i]! + current[i]! > 0) cells++;
  const n = rows.reference + cells * PSEUDO_COUNT;
  const m = rows.current + cells * PSEUDO_COUNT;
  let divergence = 0;
  let squaredLog = 0;
  let squaredRatio = 0;
  for (let i = 0; i < reference.length; i++) {
    if (reference[i]! + current[i]! === 0) continue;
    const p = (reference[i]! + PSEUDO_COUNT) / n;
    const q = (current[i]! + PSEUDO_COUNT) / m;
    const log = Math.log(q / p);
    divergence += q * log;
    squaredLog += q * log ** 2;
    squaredRatio += q ** 2 / p;
  }
  const sampling = 1 / n + 1 / m;
  const firstOrder = (squaredLog - divergence ** 2) / m + (squaredRatio - 1) / n;
  const error = Math.sqrt(Math.max(firstOrder, ((cells - 1) / 2) * sampling ** 2));
  const margin = normalQuantile((1 + level) / 2) * error;
  const estimate = Math.max(0, divergence - ((cells - 1) / 2) * sampling);
  return { estimate, lower: Math.max(0, estimate - margin), upper: estimate + margin };
}
