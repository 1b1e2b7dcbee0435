import { describe, expect, test } from 'vitest';
import { andersonDarling } from '../../src/statistics/anderson-darling.ts';
import { categoricalEvidence, chiSquareHomogeneity, homogeneityEvidence } from '../../src/statistics/chi-square.ts';
import { cramerVonMises } from '../../src/statistics/cramer-von-mises.ts';
import { ksPValue, ksStatistic } from '../../src/statistics/kolmogorov-smirnov.ts';
import { meanShift } from '../../src/statistics/mean-shift.ts';
import { normalSurvival } from '../../src/statistics/special.ts';
import { correctedTotalVariation, totalVariation } from '../../src/statistics/total-variation.ts';
import { varianceShift } from '../../src/statistics/variance-shift.ts';
import { minimalStandard } from './reference.ts';

const RUNS = 3000;

/**
 * p-values at or below α, of all: at most α, a fifth more for approximations, and three standard errors of the
 * simulation.
 */
function expectHoldsLevel(pValues: readonly number[]): void {
  for (const level of [0.1, 0.01, 0.003]) {
    const rate = pValues.filter((p) => p <= level).length / pValues.length;
    const most = 1.2 * level + 3 * Math.sqrt((level * (1 - level)) / pValues.length);
    expect(rate, `p ≤ ${level}`).toBeLessThanOrEqual(most);
  }
}

/** `rows` draws from the cells with these shares. */
function draw(shares: readonly number[], rows: number, random: () => number): Float64Array {
  const cumulative: number[] = [];
  for (const share of shares) cumulative.push((cumulative.at(-1) ?? 0) + share);
  const counts = new Float64Array(shares.length);
  for (let i = 0; i < rows; i++) {
    const u = random() * cumulative.at(-1)!;
    let low = 0;
    let high = shares.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (u <= cumulative[middle]!) high = middle;
      else low = middle + 1;
    }
    counts[low]!++;
  }
  return counts;
}

const equal = (cells: number) => new Array<number>(cells).fill(1);
const zipf = Array.from({ length: 300 }, (_, i) => 1 / (i + 1) ** 1.2);

describe.each([
  ['two-valued', [0.9, 0.1], 1000, 100],
  ['ten equal values', equal(10), 200, 800],
  ['half the rows zero', [0.5, ...equal(50).map(() => 0.01)], 300, 300],
  ['a grid of 400 cells', equal(400), 1000, 150],
] as const)('without drift, %s', (_name, shares, n, m) => {
  test.each([
    ['Kolmogorov-Smirnov', (a, b) => ksPValue(ksStatistic(a, b), n, m)],
    ['Anderson-Darling', (a, b) => andersonDarling(a, b).pValue],
    ['Cramér-von Mises', (a, b) => cramerVonMises(a, b).pValue],
    ['χ²', (a, b) => chiSquareHomogeneity(a, b).pValue],
  ] as [string, (a: Float64Array, b: Float64Array) => number][])('p-values of %s hold their level', (_test, pValue) => {
    const random = minimalStandard(7);
    const pValues = Array.from({ length: RUNS }, () => pValue(draw(shares, n, random), draw(shares, m, random)));
    expectHoldsLevel(pValues);
  });
});

describe.each([
  [300, 100],
  [2000, 200],
  [300, 1000],
])('without drift, 300 Zipf categories, %i and %i rows', (n, m) => {
  test('p-values of the categorical evidence hold their level', () => {
    const random = minimalStandard(11);
    const pValues = Array.from({ length: 2000 }, () => {
      return categoricalEvidence(draw(zipf, n, random), draw(zipf, m, random)).pValue;
    });
    expectHoldsLevel(pValues);
  });
});

/** Shares of a continuous distribution between every `step`-th of `rows` of its values, the last bin open. */
function sharesBetweenOwnRows(rows: number, step: number, random: () => number): number[] {
  const gaps = Array.from({ length: rows + 1 }, () => -Math.log(random()));
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  const shares: number[] = [];
  for (let from = 0; from < rows; from += step) {
    const to = from + step < rows ? from + step : rows + 1;
    shares.push(gaps.slice(from, to).reduce((sum, gap) => sum + gap, 0) / total);
  }
  return shares;
}

describe('without drift, far in the tail that an adjustment over many signals needs', () => {
  const level = 0.001;
  const most = level + 3 * Math.sqrt(level / 20_000);
  /** Pearson's p-value alone, and the evidence, at or below the level. */
  function rates(samples: () => readonly [ArrayLike<number>, ArrayLike<number>]) {
    const rate = { pearson: 0, evidence: 0 };
    for (let run = 0; run < 20_000; run++) {
      const [a, b] = samples();
      if (chiSquareHomogeneity(a, b).pValue <= level) rate.pearson += 1 / 20_000;
      if (homogeneityEvidence(a, b).pValue <= level) rate.evidence += 1 / 20_000;
    }
    return rate;
  }

  test('χ² evidence holds its level on deciles of few rows against very many, where Pearson’s p-value does not', () => {
    const random = minimalStandard(19);
    const deciles = new Array<number>(10).fill(30);
    const { pearson, evidence } = rates(() => [
      deciles,
      sharesBetweenOwnRows(300, 30, random).map((share) => share * 1e6),
    ]);
    expect(pearson).toBeGreaterThan(most);
    expect(evidence).toBeLessThanOrEqual(most);
  });

  test('χ² evidence holds its level on many categories that few rows expect 5 of', () => {
    const random = minimalStandard(23);
    const shares = [...equal(16).map(() => 0.034), ...equal(4).map(() => 0.114)];
    const { evidence } = rates(() => [draw(shares, 150, random), shares.map((share) => share * 1e6)]);
    expect(evidence).toBeLessThanOrEqual(most);
  });
});

test('without drift, mean and variance shifts of heavy-tailed values are standard normal, given their kurtosis', () => {
  const random = minimalStandard(13);
  // Laplace values: kurtosis 6. With κ = 3 the variance alarms at p < 0.01 in 7 % of runs.
  const value = () => Math.sign(random() - 0.5) * Math.log(random());
  const moments = (count: number) => {
    const values = Array.from({ length: count }, value);
    const mean = values.reduce((sum, x) => sum + x, 0) / count;
    return { count, mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1) };
  };
  const pairs = Array.from({ length: RUNS }, () => [moments(600), moments(150)] as const);
  const twoSided = (z: number) => 2 * normalSurvival(Math.abs(z));
  expectHoldsLevel(pairs.map(([a, b]) => twoSided(meanShift(a, b))));
  expectHoldsLevel(pairs.map(([a, b]) => twoSided(varianceShift(a, b, 6))));
  const naive = pairs.filter(([a, b]) => twoSided(varianceShift(a, b)) <= 0.01).length / RUNS;
  expect(naive).toBeGreaterThan(0.05);
});

test('without drift, total variation averages what its correction subtracts, and is mostly corrected to 0', () => {
  const random = minimalStandard(17);
  const shares = [0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05];
  const [n, m, runs] = [2000, 500, 1000];
  const expected = shares.reduce((sum, p) => sum + Math.sqrt((2 / Math.PI) * p * (1 - p) * (1 / n + 1 / m)), 0) / 2;
  let mean = 0;
  let zeros = 0;
  for (let run = 0; run < runs; run++) {
    const [reference, current] = [draw(shares, n, random), draw(shares, m, random)];
    mean += totalVariation(reference, current) / runs;
    if (correctedTotalVariation(reference, current) === 0) zeros++;
  }
  expect(mean / expected).toBeCloseTo(1, 1);
  expect(zeros / runs).toBeGreaterThan(0.5);
});
