import { absentRows, type NumericProfile, orderedCounts, presentRows } from '../profile/numeric.ts';
import { homogeneityEvidence } from '../statistics/chi-square.ts';
import { ksBracket, ksInterval, ksPValue } from '../statistics/kolmogorov-smirnov.ts';
import { populationStabilityIndex, psiInterval } from '../statistics/psi.ts';
import { correctedTotalVariation } from '../statistics/total-variation.ts';
import { type Bin, binCounts, stabilityBins, testBins } from './bins.ts';
import { type Binned, combine, type Estimate, estimate, finite, type Measurement, NO_ESTIMATE } from './signal.ts';

/**
 * Compares a numeric column of a window with the baseline: Kolmogorov-Smirnov on the values that are there, the stability
 * index and χ² on the baseline's deciles with missing values as a bin of their own.
 */
export function measureNumeric(baseline: NumericProfile, window: NumericProfile): Measurement {
  const before = orderedCounts(baseline);
  const now = orderedCounts(window);
  const present = { baseline: presentRows(baseline), window: presentRows(window) };
  const missing = { baseline: absentRows(baseline), window: absentRows(window) };
  const rows = { baseline: present.baseline + missing.baseline, window: present.window + missing.window };

  const bins = stabilityBins(before);
  const anyMissing = missing.baseline + missing.window > 0;
  const rowsIn = (by: readonly Bin[]): Binned => ({
    baseline: [...binCounts(before, by), ...(anyMissing ? [missing.baseline] : [])],
    window: [...binCounts(now, by), ...(anyMissing ? [missing.window] : [])],
  });
  const binned = rowsIn(bins);
  const interval = psiInterval(openDeciles(binned.baseline, bins), openDeciles(binned.window, bins));

  // Of what is smaller or larger than every training value the order is unknown, and of no matter: the baseline has none.
  const isPoint = Uint8Array.from([0, ...baseline.spec.grid.isPoint, 0]);
  const { lower: distance } = ksBracket(before, now, isPoint);
  const pKolmogorovSmirnov = ksPValue(distance, present.baseline, present.window);
  const tested = rowsIn(testBins(bins, before));
  const chiSquare = homogeneityEvidence(tested.baseline, tested.window);
  return {
    rows,
    psi: estimate(populationStabilityIndex(binned.baseline, binned.window), interval.lower, interval.upper),
    distance: distanceEstimate(distance, before, now),
    distanceRows: present,
    tests: [
      { name: 'kolmogorov-smirnov', statistic: finite(distance), pValue: finite(pKolmogorovSmirnov) },
      { name: 'chi-square', statistic: finite(chiSquare.statistic), pValue: finite(chiSquare.pValue) },
    ],
    pValue: combine([pKolmogorovSmirnov, chiSquare.pValue]),
    // The distance is a share of the values that are there, and these are a share of the traffic.
    unaccounted: Math.max(
      finite(correctedTotalVariation(binned.baseline, binned.window)) ?? 0,
      finite((distance * present.window) / rows.window) ?? 0,
    ),
    binned,
  };
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
