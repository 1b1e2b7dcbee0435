import { finiteRows, moments, type NumericProfile, orderedCounts } from '../profile/numeric.ts';
import { andersonDarling } from '../statistics/anderson-darling.ts';
import { cramerVonMises } from '../statistics/cramer-von-mises.ts';
import { hellingerDistance } from '../statistics/hellinger.ts';
import { jensenShannonDistance, jensenShannonDivergence } from '../statistics/jensen-shannon.ts';
import { kullbackLeiblerDivergence } from '../statistics/kullback-leibler.ts';
import { lInfinityDistance } from '../statistics/l-infinity.ts';
import { meanShift, type SampleMoments } from '../statistics/mean-shift.ts';
import { totalVariation } from '../statistics/total-variation.ts';
import { varianceShift } from '../statistics/variance-shift.ts';
import { standardizedWassersteinDistance, wassersteinDistance } from '../statistics/wasserstein.ts';
import { cellPositions, kurtosis } from './cell-positions.ts';
import type { ShareMeasures, ValueMeasures } from './measure-names.ts';
import { type Binned, finite } from './signal.ts';

/** A new measure is one line here, and its name and description in `measure-names.ts`. */
const ofShares: Measures<keyof ShareMeasures, Binned> = {
  jensenShannonDistance: ({ baseline, window }) => jensenShannonDistance(baseline, window),
  jensenShannonDivergence: ({ baseline, window }) => jensenShannonDivergence(baseline, window),
  kullbackLeibler: ({ baseline, window }) => kullbackLeiblerDivergence(baseline, window),
  hellinger: ({ baseline, window }) => hellingerDistance(baseline, window),
  totalVariation: ({ baseline, window }) => totalVariation(baseline, window),
  lInfinity: ({ baseline, window }) => lInfinityDistance(baseline, window),
};

/** The values of a numeric column: on the cells of its grid, in their order, and their moments. */
interface Values {
  readonly positions: Float64Array;
  readonly baseline: Float64Array;
  readonly window: Float64Array;
  readonly moments: { readonly baseline: SampleMoments; readonly window: SampleMoments };
}

const ofValues: Measures<keyof ValueMeasures, Values> = {
  wasserstein: ({ positions, baseline, window }) => wassersteinDistance(positions, baseline, window),
  wassersteinInDeviations: ({ positions, baseline, window, moments }) =>
    standardizedWassersteinDistance(positions, baseline, window, Math.sqrt(moments.baseline.variance)),
  andersonDarling: ({ baseline, window }) => andersonDarling(baseline, window).statistic,
  andersonDarlingPValue: ({ baseline, window }) => andersonDarling(baseline, window).pValue,
  cramerVonMises: ({ baseline, window }) => cramerVonMises(baseline, window).statistic,
  cramerVonMisesPValue: ({ baseline, window }) => cramerVonMises(baseline, window).pValue,
  meanShift: ({ moments }) => meanShift(moments.baseline, moments.window),
  varianceShift: ({ positions, baseline, moments }) =>
    varianceShift(moments.baseline, moments.window, kurtosis(positions, baseline)),
};

type Measures<Name extends string, Sample> = Readonly<Record<Name, (sample: Sample) => number>>;

export function shareMeasures(binned: Binned): ShareMeasures {
  return computeAll(ofShares, binned);
}

export function valueMeasures(baseline: NumericProfile, window: NumericProfile): ValueMeasures {
  return computeAll(ofValues, {
    positions: cellPositions(baseline, window),
    baseline: orderedCounts(baseline),
    window: orderedCounts(window),
    moments: { baseline: sampleMoments(baseline), window: sampleMoments(window) },
  });
}

/** Every measure; null where it is undefined or infinite. */
function computeAll<Name extends string, Sample>(
  measures: Measures<Name, Sample>,
  sample: Sample,
): Record<Name, number | null> {
  const names = Object.keys(measures) as Name[];
  return Object.fromEntries(names.map((name) => [name, finite(measures[name](sample))])) as Record<Name, number | null>;
}

/** NaN where there are none, or a sum overflowed. */
function sampleMoments(profile: NumericProfile): SampleMoments {
  const count = finiteRows(profile);
  const found = moments(profile, profile.spec);
  if (found === undefined) return { count, mean: Number.NaN, variance: Number.NaN };
  return { count, mean: found.mean, variance: (found.deviation ** 2 * count) / (count - 1) };
}
