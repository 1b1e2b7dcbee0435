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
import { type Binned, finite } from './signal.ts';

/** A measure that no verdict uses: shown beside those that make it. */
interface Measure<Sample> {
  readonly compute: (sample: Sample) => number;
  readonly description: string;
}

/** On the bins of the stability index, missing values included. A new measure is one line here. */
export const SHARE_MEASURES = {
  jensenShannonDistance: {
    compute: ({ baseline, window }: Binned) => jensenShannonDistance(baseline, window),
    description: 'square root of the Jensen-Shannon divergence; 0 … 1',
  },
  jensenShannonDivergence: {
    compute: ({ baseline, window }: Binned) => jensenShannonDivergence(baseline, window),
    description: 'in bits; 0 … 1',
  },
  kullbackLeibler: {
    compute: ({ baseline, window }: Binned) => kullbackLeiblerDivergence(baseline, window),
    description: 'divergence of the window from the training data, in nats; null where infinite',
  },
  hellinger: {
    compute: ({ baseline, window }: Binned) => hellingerDistance(baseline, window),
    description: 'Hellinger distance; 0 … 1',
  },
  totalVariation: {
    compute: ({ baseline, window }: Binned) => totalVariation(baseline, window),
    description: 'total variation distance, sampling noise included; 0 … 1',
  },
  lInfinity: {
    compute: ({ baseline, window }: Binned) => lInfinityDistance(baseline, window),
    description: 'largest change of the share of one bin; 0 … 1',
  },
} as const satisfies Record<string, Measure<Binned>>;

/** The values of a numeric column: on the cells of its grid, in their order, and their moments. */
interface Values {
  readonly positions: Float64Array;
  readonly baseline: Float64Array;
  readonly window: Float64Array;
  readonly moments: { readonly baseline: SampleMoments; readonly window: SampleMoments };
}

/** Of the values that are there. */
export const VALUE_MEASURES = {
  wasserstein: {
    compute: ({ positions, baseline, window }: Values) => wassersteinDistance(positions, baseline, window),
    description: 'Wasserstein-1 distance, in the unit of the values (seconds for instants); null with infinite values',
  },
  wassersteinInDeviations: {
    compute: ({ positions, baseline, window, moments }: Values) =>
      standardizedWassersteinDistance(positions, baseline, window, Math.sqrt(moments.baseline.variance)),
    description: 'the same in standard deviations of the training data; null where these are 0',
  },
  andersonDarling: {
    compute: ({ baseline, window }: Values) => andersonDarling(baseline, window).statistic,
    description: 'Anderson-Darling statistic, 1 on average without drift',
  },
  andersonDarlingPValue: {
    compute: ({ baseline, window }: Values) => andersonDarling(baseline, window).pValue,
    description: 'not adjusted',
  },
  cramerVonMises: {
    compute: ({ baseline, window }: Values) => cramerVonMises(baseline, window).statistic,
    description: 'Cramér-von Mises statistic T, at most 1/6 on average without drift',
  },
  cramerVonMisesPValue: {
    compute: ({ baseline, window }: Values) => cramerVonMises(baseline, window).pValue,
    description: 'not adjusted',
  },
  meanShift: {
    compute: ({ moments }: Values) => meanShift(moments.baseline, moments.window),
    description: 'change of the mean in standard errors (z)',
  },
  varianceShift: {
    compute: ({ positions, baseline, moments }: Values) =>
      varianceShift(moments.baseline, moments.window, kurtosis(positions, baseline)),
    description: "change of the logarithm of the variance in standard errors (z), by the training data's kurtosis",
  },
} as const satisfies Record<string, Measure<Values>>;

export type ShareMeasures = Record<keyof typeof SHARE_MEASURES, number | null>;
export type ValueMeasures = Record<keyof typeof VALUE_MEASURES, number | null>;

export function shareMeasures(binned: Binned): ShareMeasures {
  return computeAll(SHARE_MEASURES, binned);
}

export function valueMeasures(baseline: NumericProfile, window: NumericProfile): ValueMeasures {
  return computeAll(VALUE_MEASURES, {
    positions: cellPositions(baseline, window),
    baseline: orderedCounts(baseline),
    window: orderedCounts(window),
    moments: { baseline: sampleMoments(baseline), window: sampleMoments(window) },
  });
}

/** Every measure of a registry; null where it is undefined or infinite. */
function computeAll<Name extends string, Sample>(
  registry: Readonly<Record<Name, Measure<Sample>>>,
  sample: Sample,
): Record<Name, number | null> {
  const names = Object.keys(registry) as Name[];
  return Object.fromEntries(names.map((name) => [name, finite(registry[name].compute(sample))])) as Record<
    Name,
    number | null
  >;
}

/** NaN where there are none, or a sum overflowed. */
function sampleMoments(profile: NumericProfile): SampleMoments {
  const count = finiteRows(profile);
  const found = moments(profile, profile.spec);
  if (found === undefined) return { count, mean: Number.NaN, variance: Number.NaN };
  return { count, mean: found.mean, variance: (found.deviation ** 2 * count) / (count - 1) };
}
