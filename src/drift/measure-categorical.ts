import type { CategoricalProfile } from '../profile/categorical.ts';
import { categoricalEvidence, homogeneityEvidence } from '../statistics/chi-square.ts';
import { populationStabilityIndex, psiInterval } from '../statistics/psi.ts';
import { normalQuantile } from '../statistics/special.ts';
import { correctedTotalVariation } from '../statistics/total-variation.ts';
import { type Estimate, estimate, finite, type Measurement, NO_ESTIMATE } from './signal.ts';

/** Values with a bin of their own in the stability index, whose noise grows with every bin. */
const STABILITY_VALUES = 30;

/**
 * Compares a categorical column of a window with the baseline. Values that the baseline did not choose are one cell,
 * *rare*, whether it had seen them or not; missing values are another.
 */
export function measureCategorical(baseline: CategoricalProfile, window: CategoricalProfile): Measurement {
  const before = cells(baseline);
  const now = cells(window);
  const chiSquare = homogeneityEvidence(before, now);
  const evidence = categoricalEvidence(before, now);
  const binnedBefore = stabilityCells(baseline, baseline);
  const binnedNow = stabilityCells(window, baseline);
  const interval = psiInterval(binnedBefore, binnedNow);
  const distance = largestShareChange(before, now);
  const rows = { baseline: sum(before), window: sum(now) };
  return {
    rows,
    psi: estimate(populationStabilityIndex(binnedBefore, binnedNow), interval.lower, interval.upper),
    distance,
    distanceRows: rows,
    tests: [{ name: 'chi-square', statistic: finite(chiSquare.statistic), pValue: finite(chiSquare.pValue) }],
    pValue: finite(evidence.pValue) ?? 1,
    unaccounted: Math.max(
      finite(correctedTotalVariation(binnedBefore, binnedNow)) ?? 0,
      distance.value ?? 0,
      finite(strangersOnly(window) / rows.window) ?? 0,
    ),
    binned: { baseline: binnedBefore, window: binnedNow },
  };
}

/** Rows of unseen values where the window holds no other: rare values are then no match for them, though they share a cell. */
function strangersOnly({ spec, counts, rare, unseen }: CategoricalProfile): number {
  return spec.complete && rare + sum(counts) === 0 ? unseen : 0;
}

/** Counts of the chosen values, of all others, and of missing values. */
function cells(profile: CategoricalProfile): number[] {
  return [...profile.counts, profile.rare + profile.unseen, profile.missing];
}

/** The same with the baseline's less frequent values as one cell. */
function stabilityCells(profile: CategoricalProfile, baseline: CategoricalProfile): number[] {
  const order = [...baseline.counts.keys()].sort(
    (a, b) => (baseline.counts[b] ?? 0) - (baseline.counts[a] ?? 0) || a - b,
  );
  const frequent = order.slice(0, STABILITY_VALUES).map((value) => profile.counts[value] ?? 0);
  const others = order.slice(STABILITY_VALUES).map((value) => profile.counts[value] ?? 0);
  const lessFrequent = others.length > 0 ? [sum(others)] : [];
  return [...frequent, ...lessFrequent, profile.rare + profile.unseen, profile.missing];
}

/** L∞ distance of the shares, with the Wald interval of the share that changed most. */
function largestShareChange(before: readonly number[], now: readonly number[]): Estimate {
  const n = sum(before);
  const m = sum(now);
  if (n === 0 || m === 0) return NO_ESTIMATE;
  let largest = { change: -1, p: 0, q: 0 };
  before.forEach((count, cell) => {
    const p = count / n;
    const q = (now[cell] ?? 0) / m;
    if (Math.abs(p - q) > largest.change) largest = { change: Math.abs(p - q), p, q };
  });
  const { change, p, q } = largest;
  const margin = normalQuantile(0.975) * Math.sqrt((p * (1 - p)) / n + (q * (1 - q)) / m);
  return estimate(change, Math.max(0, change - margin), Math.min(1, change + margin));
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
