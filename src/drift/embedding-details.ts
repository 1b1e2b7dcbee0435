import type { BaselineColumn } from '../baseline/baseline.ts';
import type { EmbeddingProfile } from '../profile/embedding.ts';
import { domainClassifier } from '../statistics/domain-classifier.ts';
import { equalWidthCounts } from '../statistics/equal-width-bins.ts';
import { frechetDistance } from '../statistics/frechet.ts';
import { jensenShannonDivergence } from '../statistics/jensen-shannon.ts';
import { smoothedKullbackLeiblerDivergence } from '../statistics/kullback-leibler.ts';
import { maximumMeanDiscrepancy } from '../statistics/maximum-mean-discrepancy.ts';
import type { PermutationTest } from '../statistics/permutation.ts';
import { slicedWasserstein } from '../statistics/sliced-wasserstein.ts';
import { centroidCosineTest, centroidDistanceTest } from './centroid-tests.ts';
import { type Examples, nearestAndFarthest } from './examples.ts';
import type { EmbeddingMeasurement } from './measure-embedding.ts';
import type { EmbeddingMeasureName } from './measure-names.ts';
import { coordinate, pointsOf } from './sampled-points.ts';
import { finite } from './signal.ts';

/** What an embedding says as a whole, and its sampled rows: beside what its verdict is made of. */
export interface EmbeddingDetails {
  readonly statistics: readonly EmbeddingStatistic[];
  /** Of each component, on 50 bins of equal width. */
  readonly components: readonly { readonly kullbackLeibler: number | null; readonly jensenShannon: number | null }[];
  readonly examples: Examples | undefined;
}

export interface EmbeddingStatistic {
  readonly name: EmbeddingMeasureName;
  readonly value: number | null;
  /** 95 % of windows of this size without drift have less. */
  readonly nullQuantile: number | null;
  readonly pValue: number | null;
  /** The value without a unit. */
  readonly effect: number | null;
}

/** Rows of either side that are compared with one another: all pairs of 1,000 rows, dealt anew 199 times, take 0.2 s. */
const COMPARED_ROWS = 500;

/** `drifted`: positions of the components that have, from 0. */
export async function embeddingDetails(
  { spec, profile, nullDistribution }: Extract<BaselineColumn, { type: 'embedding' }>,
  window: EmbeddingProfile,
  measured: EmbeddingMeasurement,
  drifted: readonly number[],
): Promise<EmbeddingDetails> {
  const before = pointsOf(profile, COMPARED_ROWS);
  const now = pointsOf(window, COMPARED_ROWS);
  const spread = Math.sqrt(spec.totalVariance);
  const explained = drifted.reduce((sum, component) => sum + (spec.variances[component] ?? 0), 0);
  const cosine = centroidCosineTest(profile, window, nullDistribution);
  const distance = centroidDistanceTest(profile, window, nullDistribution);
  const wasserstein = slicedWasserstein(before, now);
  const discrepancy = maximumMeanDiscrepancy(before, now);
  const frechet = await frechetDistance(before, now);
  const classifier = domainClassifier(before, now);
  return {
    statistics: [
      statistic('centroidCosineDistance', cosine, cosine.value),
      statistic('centroidDistance', distance, distance.value / spread),
      statistic(
        'componentsDrifted',
        {
          value: drifted.length / spec.variances.length,
          nullQuantile: 0,
          pValue: drifted.length === 0 ? 1 : measured.pValue,
        },
        explained / spec.totalVariance,
      ),
      statistic('slicedWasserstein', wasserstein, wasserstein.value / spread),
      statistic('maximumMeanDiscrepancy', discrepancy, Math.sqrt(Math.max(0, discrepancy.value))),
      statistic('frechetDistance', frechet, frechet.value / spec.totalVariance),
      statistic('domainClassifier', classifier, Math.max(0, 2 * classifier.value - 1)),
    ],
    components: spec.variances.map((_, component) => {
      const { reference, current } = equalWidthCounts(coordinate(profile, component), coordinate(window, component));
      return {
        kullbackLeibler: finite(smoothedKullbackLeiblerDivergence(reference, current)),
        jensenShannon: finite(jensenShannonDivergence(reference, current)),
      };
    }),
    examples: nearestAndFarthest(profile, window),
  };
}

function statistic(
  name: EmbeddingMeasureName,
  { value, nullQuantile, pValue }: PermutationTest,
  effect: number,
): EmbeddingStatistic {
  return {
    name,
    value: finite(value),
    nullQuantile: finite(nullQuantile),
    pValue: finite(pValue),
    effect: finite(effect),
  };
}
