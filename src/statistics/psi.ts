import { requireSameCells, totalCount } from './counts.ts';
import { normalQuantile } from './special.ts';

/**
 * Population stability index, Σ (q − p) ln(q / p) over the shares p of the reference and q of the current sample
 * (Siddiqi 2006, "Credit Risk Scorecards"): the symmetrised Kullback-Leibler divergence, in nats.
 *
 * A share below `floor` counts as `floor`, without renormalising, so that an empty bin gives a large but finite term and
 * a bin that is empty on both sides none. NaN where either side has no rows or a count is negative or not finite.
 */
export function populationStabilityIndex(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  floor = 1e-4,
): number {
  requireSameCells(reference, current);
  const n = totalCount(reference);
  const m = totalCount(current);
  if (!(n > 0 && m > 0)) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < reference.length; i++) {
    const p = Math.max(reference[i]! / n, floor);
    const q = Math.max(current[i]! / m, floor);
    sum += (q - p) * Math.log(q / p);
  }
  return sum;
}

/**
 * Confidence interval of the population stability index of the two distributions behind the samples, on the given bins
 * (meant for a baseline's ten deciles, open at both ends). Counts of rows, not probabilities.
 *
 * The plain index is too large by (k − 1)(1/n + 1/m) on k bins, since without drift it is (1/n + 1/m) χ²(k − 1); that is
 * subtracted. The variance is the delta method's first-order term, Var_q(ln(q/p) − p/q)/m + Var_p(ln(p/q) − q/p)/n from
 * the index' gradient and the multinomial covariance, plus the second-order term 2(k − 1)(1/n + 1/m)², which is all there
 * is without drift, where the gradient vanishes. Gradients use shares with half a row added to each bin: an empty bin's
 * own variance would be 0. Estimate and lower bound are at least 0.
 *
 * NaN where either side has no rows or a count is negative or not finite.
 */
export function psiInterval(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  level = 0.95,
): { estimate: number; lower: number; upper: number } {
  const index = populationStabilityIndex(reference, current);
  if (Number.isNaN(index)) return { estimate: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  const n = totalCount(reference);
  const m = totalCount(current);

  let bins = 0;
  for (let i = 0; i < reference.length; i++) if (reference[i]! + current[i]! > 0) bins++;

  let meanP = 0;
  let squareP = 0;
  let meanQ = 0;
  let squareQ = 0;
  for (let i = 0; i < reference.length; i++) {
    if (reference[i]! + current[i]! === 0) continue;
    const p = (reference[i]! + 0.5) / (n + bins / 2);
    const q = (current[i]! + 0.5) / (m + bins / 2);
    const gradientP = Math.log(p / q) - q / p;
    const gradientQ = Math.log(q / p) - p / q;
    meanP += p * gradientP;
    squareP += p * gradientP * gradientP;
    meanQ += q * gradientQ;
    squareQ += q * gradientQ * gradientQ;
  }
  const sampling = 1 / n + 1 / m;
  const variance =
    Math.max(0, squareP - meanP * meanP) / n +
    Math.max(0, squareQ - meanQ * meanQ) / m +
    2 * (bins - 1) * sampling * sampling;

  const corrected = index - (bins - 1) * sampling;
  const margin = normalQuantile((1 + level) / 2) * Math.sqrt(variance);
  return {
    estimate: Math.max(0, corrected),
    lower: Math.max(0, corrected - margin),
    upper: Math.max(0, corrected + margin),
  };
}
