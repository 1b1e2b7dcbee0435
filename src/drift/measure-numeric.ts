import { absentRows, type NumericProfile, type NumericSpec, orderedCounts, presentRows } from '../profile/numeric.ts';
import { chiSquareHomogeneity } from '../statistics/chi-square.ts';
import { ksBracket, ksInterval, ksPValue } from '../statistics/kolmogorov-smirnov.ts';
import { populationStabilityIndex, psiInterval } from '../statistics/psi.ts';
import { correctedTotalVariation } from '../statistics/total-variation.ts';
import { binCounts, stabilityBins } from './bins.ts';
import { combine, type Estimate, estimate, finite, type Measurement, NO_ESTIMATE } from './signal.ts';

/**
 * Compares a numeric column of a window with the baseline: Kolmogorov-Smirnov on the values that are there, the stability
 * index and χ² on the baseline's deciles with missing values as a bin of their own.
 */
export function measureNumeric(spec: NumericSpec, baseline: NumericProfile, window: NumericProfile): Measurement {
  const before = orderedCounts(baseline);
  const now = orderedCounts(window);
  const rows = { baseline: presentRows(baseline), window: presentRows(window) };
  const missing = { baseline: absentRows(baseline), window: absentRows(window) };

  const bins = stabilityBins(before);
  const anyMissing = missing.baseline + missing.window > 0;
  const binnedBefore = [...binCounts(before, bins), ...(anyMissing ? [missing.baseline] : [])];
  const binnedNow = [...binCounts(now, bins), ...(anyMissing ? [missing.window] : [])];

  // Of what is smaller or larger than every training value the order is unknown, and of no matter: the baseline has none.
  const isPoint = Uint8Array.from([0, ...spec.grid.isPoint, 0]);
  const bracket = ksBracket(before, now, isPoint);
  const pKolmogorovSmirnov = ksPValue(bracket.lower, rows.baseline, rows.window);
  const chiSquare = chiSquareHomogeneity(binnedBefore, binnedNow);
  const unaccounted = Math.max(correctedTotalVariation(binnedBefore, binnedNow), bracket.lower || 0);
  return {
    rows: { baseline: rows.baseline + missing.baseline, window: rows.window + missing.window },
    psi: stabilityIndex(binnedBefore, binnedNow, openDeciles(binnedBefore, bins), openDeciles(binnedNow, bins)),
    distance: distanceEstimate(bracket.lower, before, now),
    tests: [
      { name: 'kolmogorov-smirnov', statistic: finite(bracket.lower), pValue: finite(pKolmogorovSmirnov) },
      { name: 'chi-square', statistic: finite(chiSquare.statistic), pValue: finite(chiSquare.pValue) },
    ],
    pValue: combine([pKolmogorovSmirnov, chiSquare.pValue]),
    unaccounted: finite(unaccounted) ?? 0,
  };
}

function stabilityIndex(before: number[], now: number[], openBefore: number[], openNow: number[]): Estimate {
  const interval = psiInterval(openBefore, openNow);
  return estimate(populationStabilityIndex(before, now), interval.lower, interval.upper);
}

/** Deciles open at both ends: each tail joined to its neighbour. What follows the bins (missing values) stays. */
function openDeciles(counts: readonly number[], bins: readonly { readonly tail: boolean }[]): number[] {
  const open: number[] = [];
  let carried = 0;
  counts.forEach((count, index) => {
    const isTail = bins[index]?.tail === true;
    if (isTail && open.length === 0) carried += count;
    else if (isTail) open[open.length - 1] = (open.at(-1) ?? 0) + count;
    else {
      open.push(count + carried);
      carried = 0;
    }
  });
  return open;
}

function distanceEstimate(value: number, before: ArrayLike<number>, now: ArrayLike<number>): Estimate {
  if (Number.isNaN(value)) return NO_ESTIMATE;
  const interval = ksInterval(before, now);
  return estimate(value, interval.lower, interval.upper);
}
