import { describe, expect, test } from 'vitest';
import { domainClassifier } from '../../src/statistics/domain-classifier.ts';
import { equalWidthCounts } from '../../src/statistics/equal-width-bins.ts';
import { frechetDistance } from '../../src/statistics/frechet.ts';
import { jensenShannonDivergence } from '../../src/statistics/jensen-shannon.ts';
import { smoothedKullbackLeiblerDivergence } from '../../src/statistics/kullback-leibler.ts';
import { maximumMeanDiscrepancy } from '../../src/statistics/maximum-mean-discrepancy.ts';
import type { Sample } from '../../src/statistics/sample.ts';
import { slicedWasserstein } from '../../src/statistics/sliced-wasserstein.ts';
import { expectClose } from './reference.ts';
import { makeTwoSamples } from './two-samples.ts';

const cases = makeTwoSamples();
const valueOnly = { permutations: 0 };

describe.each(cases)('$name: agrees with NumPy, SciPy and scikit-learn to 1e-6', ({ x, y, ...expected }) => {
  test('the samples are those of the reference', () => {
    const sum = [...x.values, ...y.values].reduce((a, b) => a + b, 0);
    const size = [...x.values, ...y.values].reduce((a, b) => a + Math.abs(b), 0);
    expect(Math.abs(sum - expected.checksum)).toBeLessThanOrEqual(1e-12 * size);
  });

  test('maximum mean discrepancy', () => {
    const { value, bandwidth } = maximumMeanDiscrepancy(x, y, valueOnly);
    expectClose(value, expected.mmd, 1e-6, 1e-11);
    expectClose(bandwidth, expected.bandwidth, 1e-9);
  });

  test('Fréchet distance', async () => {
    const { value } = await frechetDistance(x, y, valueOnly);
    expectClose(value, expected.frechet, 1e-6, 1e-7 * expected.traces);
  });

  test('sliced Wasserstein distance', () => {
    expectClose(slicedWasserstein(x, y, valueOnly).value, expected.slicedWasserstein, 1e-6);
  });

  test('area under the curve of the domain classifier', () => {
    expectClose(domainClassifier(x, y, valueOnly).value, expected.areaUnderCurve, 1e-6);
  });

  test('histograms of the first column, their Kullback-Leibler and Jensen-Shannon divergence', () => {
    const column = ({ values, dimension }: Sample) => values.filter((_, i) => i % dimension === 0);
    const { reference, current } = equalWidthCounts(column(x), column(y));
    expect([...reference]).toEqual(expected.histograms.reference);
    expect([...current]).toEqual(expected.histograms.current);
    const { kullbackLeibler, jensenShannon } = expected.histograms;
    expectClose(smoothedKullbackLeiblerDivergence(reference, current), kullbackLeibler, 1e-9, 1e-15);
    expectClose(jensenShannonDivergence(reference, current), jensenShannon, 1e-9, 1e-15);
  });
});
