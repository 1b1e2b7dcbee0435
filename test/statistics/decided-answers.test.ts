import { describe, expect, test } from 'vitest';
import { andersonDarling } from '../../src/statistics/anderson-darling.ts';
import { bestSingleCell, categoricalEvidence, chiSquareHomogeneity } from '../../src/statistics/chi-square.ts';
import { cramerVonMises } from '../../src/statistics/cramer-von-mises.ts';
import { hellingerDistance } from '../../src/statistics/hellinger.ts';
import { jensenShannonDistance, jensenShannonDivergence } from '../../src/statistics/jensen-shannon.ts';
import { ksBracket, ksInterval, ksStatistic } from '../../src/statistics/kolmogorov-smirnov.ts';
import { kullbackLeiblerDivergence } from '../../src/statistics/kullback-leibler.ts';
import { lInfinityDistance } from '../../src/statistics/l-infinity.ts';
import { populationStabilityIndex, psiInterval } from '../../src/statistics/psi.ts';
import { correctedTotalVariation, totalVariation } from '../../src/statistics/total-variation.ts';
import { wassersteinDistance } from '../../src/statistics/wasserstein.ts';

type Counts = ArrayLike<number>;

/** Every measure on counts, with what it gives for samples that do not differ. */
const measures: [string, (reference: Counts, current: Counts) => number | object, object | number][] = [
  ['populationStabilityIndex', populationStabilityIndex, 0],
  ['psiInterval', psiInterval, { estimate: 0, lower: 0 }],
  ['ksStatistic', ksStatistic, 0],
  ['ksBracket', ksBracket, { lower: 0 }],
  ['ksInterval', ksInterval, { estimate: 0, lower: 0 }],
  ['chiSquareHomogeneity', chiSquareHomogeneity, { statistic: 0, pValue: 1 }],
  ['bestSingleCell', bestSingleCell, { pValue: 1 }],
  ['categoricalEvidence', categoricalEvidence, { statistic: 0, pValue: 1 }],
  ['andersonDarling', andersonDarling, { statistic: 0 }],
  ['cramerVonMises', cramerVonMises, { statistic: 0 }],
  ['totalVariation', totalVariation, 0],
  ['correctedTotalVariation', correctedTotalVariation, 0],
  ['lInfinityDistance', lInfinityDistance, 0],
  ['hellingerDistance', hellingerDistance, 0],
  ['jensenShannonDivergence', jensenShannonDivergence, 0],
  ['jensenShannonDistance', jensenShannonDistance, 0],
  ['kullbackLeiblerDivergence', kullbackLeiblerDivergence, 0],
  [
    'wassersteinDistance',
    (a, b) =>
      wassersteinDistance(
        Array.from(a, (_, i) => i),
        a,
        b,
      ),
    0,
  ],
];

describe.each(measures)('%s', (_name, measure, withoutDifference) => {
  const numbers = (answer: number | object) => (typeof answer === 'number' ? [answer] : Object.values(answer));

  test.each([
    ['no cells', [], []],
    ['no reference rows', [0, 0], [1, 2]],
    ['no current rows', [1, 2], [0, 0]],
    ['no rows at all', [0], [0]],
    ['a NaN count', [1, Number.NaN], [1, 2]],
    ['a negative count', [1, 2], [-1, 4]],
    ['an infinite count', [1, 2], [Number.POSITIVE_INFINITY, 1]],
  ])('answers NaN to %s', (_what, reference, current) => {
    for (const value of numbers(measure(reference, current))) expect(value).toBeNaN();
  });

  test('sees nothing in equal shares of any size, and in a single cell', () => {
    for (const [reference, current] of [
      [[30, 20, 50], Float64Array.of(60, 40, 100)],
      [[7], [1000]],
      [Uint32Array.of(0, 7, 0), [0, 1000, 0]],
    ] as const) {
      const answer = measure(reference, current);
      if (typeof withoutDifference === 'number') expect(answer).toBe(withoutDifference);
      else expect(answer).toMatchObject(withoutDifference);
    }
  });

  test('refuses samples that are counted on different cells', () => {
    expect(() => measure([1, 2, 3], [1, 2])).toThrow('the two samples are counted on 3 and 2 cells');
  });
});

test('tests of tied values give p = 1 to a constant column of unequal sizes', () => {
  expect(andersonDarling([100], [1000]).pValue).toBe(1);
  expect(cramerVonMises([100], [1000])).toEqual({ statistic: 0, pValue: 1 });
  expect(chiSquareHomogeneity([100], [1000]).pValue).toBe(1);
});

test('Fisher’s test answers NaN to counts that are not whole', () => {
  expect(bestSingleCell([0.5, 1], [1, 1])).toEqual({ pValue: Number.NaN, index: Number.NaN });
});
