import { describe, expect, test } from 'vitest';
import { populationStabilityIndex, psiInterval } from '../../src/statistics/psi.ts';
import { normalQuantile, normalSurvival } from '../../src/statistics/special.ts';
import { countInCells, expectClose, minimalStandard, normal, tablesWith } from './reference.ts';

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

describe('population stability index', () => {
  test('agrees with SciPy to 1e-9', () => {
    for (const { table, expected } of tablesWith<{ value: number }>('psi')) {
      expectClose(populationStabilityIndex(table.reference, table.current), expected.value, 1e-9, 1e-15, table.name);
    }
  });

  test('is symmetric and does not depend on the unit of the counts', () => {
    expectClose(populationStabilityIndex([10, 20, 30], [3, 2, 1]), populationStabilityIndex([3, 2, 1], [10, 20, 30]));
    expectClose(
      populationStabilityIndex([10, 20, 30], [3, 2, 1]),
      populationStabilityIndex([1 / 6, 2 / 6, 3 / 6], [0.5, 1 / 3, 1 / 6]),
    );
  });

  test('counts a share below the floor as the floor, without renormalising', () => {
    expectClose(populationStabilityIndex([1, 0], [1, 1]), 0.5 * Math.log(2) + 0.4999 * Math.log(5000));
    expectClose(populationStabilityIndex([1, 0], [1, 1], 0.01), 0.5 * Math.log(2) + 0.49 * Math.log(50));
    expect(populationStabilityIndex([100000, 1], [100000, 0])).toBeCloseTo(0, 9);
  });
});

describe('interval of the population stability index', () => {
  test('has the error of the delta method, differentiated numerically, without its bias, but at least that of no drift', () => {
    for (const { table, expected } of tablesWith<{ value: number; deltaError: number }>('psi')) {
      const sampling = 1 / total(table.reference) + 1 / total(table.current);
      const bins = table.reference.filter((count, i) => count + table.current[i]! > 0).length;
      const secondOrder = 2 * (bins - 1) * sampling ** 2;
      const error = Math.sqrt(Math.max(expected.deltaError ** 2 - secondOrder, secondOrder));
      const estimate = expected.value - (bins - 1) * sampling;
      const actual = psiInterval(table.reference, table.current);
      const close = (bound: number, margin: number, what: string) =>
        expectClose(
          bound,
          Math.max(0, estimate + margin),
          1e-6,
          1e-11 + 1e-14 * expected.value,
          `${table.name}, ${what}`,
        );
      const curvature = (margin: number) =>
        margin > 0 ? margin ** 2 / (4 * Math.max(expected.value, (bins - 1) * sampling)) : 0;
      const [z, half] = [normalQuantile(0.975), normalQuantile(0.9625)];
      if (table.reference.every((count, i) => count > 0 === table.current[i]! > 0)) {
        close(actual.lower, -z * error, 'lower');
        close(actual.upper, z * error + curvature(z * error), 'upper');
      } else {
        expect(actual.lower, table.name).toBeLessThanOrEqual(Math.max(0, estimate - z * error) + 1e-6);
        const above = (factor: number) => Math.max(0, estimate + factor * error + curvature(factor * error));
        expect(actual.upper, table.name).toBeLessThanOrEqual(above(z) * (1 + 1e-6));
        expect(actual.upper, table.name).toBeGreaterThanOrEqual(above(half) * (1 - 1e-6));
      }
    }
  });

  test('contains its estimate, widens with the level, and shrinks with the rows', () => {
    const narrow = psiInterval([50, 50, 50], [20, 50, 80], 0.8);
    const wide = psiInterval([50, 50, 50], [20, 50, 80]);
    const more = psiInterval([500, 500, 500], [200, 500, 800]);
    expect(wide.lower).toBeLessThan(narrow.lower);
    expect(narrow.lower).toBeLessThan(narrow.estimate);
    expect(narrow.estimate).toBe(wide.estimate);
    expect(narrow.upper).toBeLessThan(wide.upper);
    expect(more.upper - more.lower).toBeLessThan((wide.upper - wide.lower) / 2);
  });

  test('a bin without current rows widens it downwards only', () => {
    const some = psiInterval([50, 50, 50, 50], [70, 70, 59, 1]);
    const none = psiInterval([50, 50, 50, 50], [70, 70, 60, 0]);
    expect(none.estimate - none.lower).toBeGreaterThan(2 * (none.upper - none.estimate));
    expect(none.lower).toBeLessThan(some.upper);
  });

  test.each([
    ['normal', 1000, 500, 0.2],
    ['normal', 500, 1000, 0.5],
    ['normal', 2000, 2000, 1],
    // Empties half of the bins.
    ['uniform', 500, 500, 0.5],
  ])('covers the true index of %s values, %i and %i rows, %f apart, in 92 to 98 of 100 runs', (shape, n, m, shift) => {
    const random = minimalStandard(20251224);
    const cdf = (x: number) => (shape === 'normal' ? normalSurvival(-x) : Math.min(1, Math.max(0, x)));
    const draw = () => (shape === 'normal' ? normal(random) : random());
    const runs = 600;
    let covered = 0;
    for (let run = 0; run < runs; run++) {
      const baseline = Float64Array.from({ length: n }, draw).sort();
      const edges = Array.from({ length: 9 }, (_, i) => baseline[Math.ceil(((i + 1) * n) / 10) - 1]!);
      const window = Float64Array.from({ length: m }, () => draw() + shift);
      const shares = (f: (x: number) => number) =>
        [...edges.map(f), 1].map((value, i) => value - (i === 0 ? 0 : f(edges[i - 1]!)));
      const truth = populationStabilityIndex(
        shares(cdf),
        shares((x) => cdf(x - shift)),
      );
      const { lower, upper } = psiInterval(countInCells(baseline, edges), countInCells(window, edges));
      if (lower <= truth && truth <= upper) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.92);
    expect(covered / runs).toBeLessThan(0.98);
  });
});
