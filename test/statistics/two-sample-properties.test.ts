import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domainClassifier } from '../../src/statistics/domain-classifier.ts';
import { equalWidthCounts } from '../../src/statistics/equal-width-bins.ts';
import { frechetDistance } from '../../src/statistics/frechet.ts';
import { smoothedKullbackLeiblerDivergence } from '../../src/statistics/kullback-leibler.ts';
import { maximumMeanDiscrepancy } from '../../src/statistics/maximum-mean-discrepancy.ts';
import type { PermutationTest } from '../../src/statistics/permutation.ts';
import { normalOf, uniform } from '../../src/statistics/random.ts';
import type { Sample } from '../../src/statistics/sample.ts';
import { slicedWasserstein } from '../../src/statistics/sliced-wasserstein.ts';
import { expectClose } from './reference.ts';

type Measure = (
  x: Sample,
  y: Sample,
  options?: { permutations?: number },
) => PermutationTest | Promise<PermutationTest>;

const MEASURES: [string, Measure][] = [
  ['maximum mean discrepancy', maximumMeanDiscrepancy],
  ['Fréchet distance', frechetDistance],
  ['sliced Wasserstein distance', slicedWasserstein],
  ['domain classifier', domainClassifier],
];

/** Normal points, the columns of falling spread, the first one shifted. */
function draw(random: () => number, rows: number, dimension: number, shift = 0) {
  const normal = normalOf(random);
  const values = Float64Array.from({ length: rows * dimension }, (_, i) => {
    const column = i % dimension;
    return normal() / (1 + column / 4) + (column === 0 ? shift : 0);
  });
  return { rows, dimension, values };
}

function sampleOf(rows: readonly (readonly number[])[]): Sample {
  return { rows: rows.length, dimension: rows[0]?.length ?? 0, values: Float64Array.from(rows.flat()) };
}

/** Points on a coarse lattice, so that ties, duplicates and constant columns come up. */
const pair = fc.integer({ min: 1, max: 4 }).chain((dimension) => {
  const row = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: dimension, maxLength: dimension });
  const rows = fc.array(row, { minLength: 2, maxLength: 12 });
  return fc.tuple(rows, rows);
});

describe.each(MEASURES)('%s', (name, measure) => {
  const values = { permutations: 0 };

  test('is the same whichever sample comes first', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ([a, b]) => {
        const [x, y] = [sampleOf(a), sampleOf(b)];
        expectClose((await measure(x, y, values)).value, (await measure(y, x, values)).value, 1e-9, 1e-6, name);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('is finite for every pair of samples of two rows and more, its p-value above 0', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ([a, b]) => {
        const { value, pValue, nullQuantile } = await measure(sampleOf(a), sampleOf(b), { permutations: 19 });
        expect(Number.isFinite(value) && Number.isFinite(nullQuantile)).toBe(true);
        expect(pValue).toBeGreaterThanOrEqual(0.05);
        expect(pValue).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  test('sees nothing between a sample and itself', async () => {
    const x = draw(uniform(3), 60, 5);
    const { value, pValue } = await measure(x, x);
    if (measure === domainClassifier) expect(value).toBeLessThanOrEqual(0.55);
    else expect(value).toBeLessThanOrEqual(1e-6);
    expect(pValue).toBeGreaterThan(0.4);
  });

  test('sees nothing where all rows of both are the same', async () => {
    const x = { rows: 9, dimension: 3, values: new Float64Array(27).fill(0.1) };
    const { value, pValue, nullQuantile } = await measure(x, { ...x, rows: 6, values: x.values.subarray(9) });
    const nothing = measure === domainClassifier ? 0.5 : 0;
    expect({ value, pValue, nullQuantile }).toEqual({ value: nothing, pValue: 1, nullQuantile: nothing });
  });

  test.each([
    [22, 16, 300],
    [380, 160, 60],
  ])('without drift its p-value is uniform, %i and %i rows', async (n, m, runs) => {
    const random = uniform(4);
    const pValues: number[] = [];
    for (let run = 0; run < runs; run++) pValues.push((await measure(draw(random, n, 3), draw(random, m, 3))).pValue);
    for (const level of [0.05, 0.2, 0.5, 0.8]) {
      const share = pValues.filter((p) => p <= level).length / runs;
      expect(Math.abs(share - level), `p ≤ ${level}`).toBeLessThanOrEqual(3 * Math.sqrt((level * (1 - level)) / runs));
    }
  });

  test('a shift of half a standard deviation lies above the quantile of its null, with a p-value as small as it gets', async () => {
    const random = uniform(5);
    const { value, pValue, nullQuantile } = await measure(draw(random, 300, 6), draw(random, 250, 6, 0.5));
    expect(value).toBeGreaterThan(nullQuantile);
    expect(pValue).toBeLessThanOrEqual(0.01);
  });

  test('is the same in every run, and for 32-bit numbers that are the same', async () => {
    const random = uniform(6);
    const single = ({ values: doubles, ...shape }: Sample) => ({ ...shape, values: Float32Array.from(doubles) });
    const double = ({ values: singles, ...shape }: Sample) => ({ ...shape, values: Float64Array.from(singles) });
    const [x, y] = [single(draw(random, 40, 3)), single(draw(random, 30, 3))];
    expect(await measure(x, y)).toEqual(await measure(double(x), double(y)));
  });

  test('has no answer for one row, and for values that are not finite', async () => {
    const nothing = { value: Number.NaN, pValue: Number.NaN, nullQuantile: Number.NaN };
    const x = sampleOf([[1], [2], [3]]);
    expect(await measure(x, sampleOf([[1]]))).toMatchObject(nothing);
    expect(await measure(sampleOf([]), sampleOf([]))).toMatchObject(nothing);
    expect(await measure(x, sampleOf([[1], [Number.NaN]]))).toMatchObject(nothing);
    expect(await measure(x, sampleOf([[1], [Number.POSITIVE_INFINITY]]))).toMatchObject(nothing);
  });

  test('of samples in other dimensions is a mistake of the caller', async () => {
    const call = async () =>
      await measure(
        sampleOf([[1], [2]]),
        sampleOf([
          [1, 1],
          [2, 2],
        ]),
      );
    await expect(call()).rejects.toThrow('project both on the same axes');
    const wrong = { rows: 2, dimension: 2, values: new Float64Array(3) };
    await expect((async () => await measure(wrong, wrong))()).rejects.toThrow('2 rows in 2 dimensions has 3 values');
  });
});

test('a kernel matrix that would not fit in memory is refused', () => {
  const many = { rows: 4000, dimension: 1, values: new Float64Array(4000) };
  expect(() => maximumMeanDiscrepancy(many, many)).toThrow('draw fewer');
});

test('the domain classifier is 1 where a plane separates the samples, and ½ where only the spread differs', () => {
  const random = uniform(7);
  expect(domainClassifier(draw(random, 80, 4), draw(random, 90, 4, 30)).value).toBe(1);
  const wide = draw(random, 300, 4);
  const scaled = { ...wide, values: wide.values.map((value) => 3 * value) };
  expect(domainClassifier(draw(random, 300, 4), scaled).value).toBeLessThan(0.56);
});

test('a shift of every row by a vector carries them by its length’s projections, and no other way', () => {
  const x = draw(uniform(8), 200, 1);
  const shifted = { ...x, values: x.values.map((value) => value + 2) };
  expectClose(slicedWasserstein(x, shifted).value, 2, 1e-12);
});

test('Fréchet distance of a scaled line is the squared difference of the deviations', async () => {
  const x = draw(uniform(9), 200, 1);
  const mean = x.values.reduce((sum, value) => sum + value, 0) / x.rows;
  const deviation = Math.sqrt(x.values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (x.rows - 1));
  const wider = { ...x, values: x.values.map((value) => mean + 3 * (value - mean)) };
  expectClose((await frechetDistance(x, wider)).value, (2 * deviation) ** 2, 1e-9);
});

test('equal-width bins count every finite value, equal ones in the one in the middle', () => {
  const { reference, current } = equalWidthCounts([0, 0.02, 1, Number.NaN], [0.5, Number.POSITIVE_INFINITY]);
  expect([reference[0], reference[1], reference[49], current[25]]).toEqual([1, 1, 1, 1]);
  const same = equalWidthCounts([7, 7], [7]);
  expect([same.reference[25], same.current[25]]).toEqual([2, 1]);
  const none = equalWidthCounts([], []);
  expect([...none.reference, ...none.current].every((count) => count === 0)).toBe(true);
});

test('smoothed, the Kullback-Leibler divergence is finite where the reference has no rows, 0 for equal shares', () => {
  expectClose(smoothedKullbackLeiblerDivergence([9, 0], [0, 9]), 0.95 * Math.log(19) + 0.05 * Math.log(1 / 19), 1e-12);
  expect(smoothedKullbackLeiblerDivergence([3, 5], [3, 5])).toBe(0);
  expect(smoothedKullbackLeiblerDivergence([0, 0], [3, 5])).toBeNaN();
});
