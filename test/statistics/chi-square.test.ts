import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bestSingleCell,
  type ChiSquareTest,
  categoricalEvidence,
  chiSquareHomogeneity,
  homogeneityEvidence,
} from '../../src/statistics/chi-square.ts';
import { gTest } from '../../src/statistics/g-test.ts';
import { hypergeometricProbability } from '../../src/statistics/hypergeometric.ts';
import { expectClose, tablesWith } from './reference.ts';

describe('χ² homogeneity', () => {
  test('agrees with SciPy’s chi2_contingency of the joined cells to 1e-9', () => {
    for (const { table, expected } of tablesWith<ChiSquareTest & { cells: number }>('chi-square')) {
      const actual = chiSquareHomogeneity(table.reference, table.current);
      expect(actual.cells, table.name).toBe(expected.cells);
      expect(actual.degreesOfFreedom, table.name).toBe(expected.degreesOfFreedom);
      expectClose(actual.statistic, expected.statistic, 1e-9, 1e-15, table.name);
      expectClose(actual.pValue, expected.pValue, 1e-9, 1e-300, table.name);
    }
  });

  test('joins all cells that expect fewer than 5 rows, and the next smallest while even they do together', () => {
    // Expected in the smaller sample: 2, 2, 6, 20, 70 → the first two join, and the third with them.
    expect(chiSquareHomogeneity([2, 2, 6, 20, 70], [2, 2, 6, 20, 70]).cells).toBe(3);
    // 3 + 3 is enough.
    expect(chiSquareHomogeneity([3, 3, 24, 70], [3, 3, 24, 70]).cells).toBe(3);
    // Nothing is left to join with.
    expect(chiSquareHomogeneity([1, 2], [2, 1])).toEqual({ statistic: 0, degreesOfFreedom: 0, pValue: 1, cells: 1 });
  });

  test('does not depend on the order of the cells or on which sample comes first', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 300 })), { minLength: 1, maxLength: 12 }),
        (cells) => {
          const [a, b] = [cells.map(([x]) => x), cells.map(([, y]) => y)];
          const forward = chiSquareHomogeneity(a, b);
          const swapped = chiSquareHomogeneity(b, a);
          expectClose(swapped.pValue, forward.pValue, 1e-9);
          // Cells of equal size may join in another order, which only the number of cells is sure not to notice.
          expect(chiSquareHomogeneity(a.toReversed(), b.toReversed()).cells).toEqual(forward.cells);
        },
      ),
      { seed: 1 },
    );
  });
});

describe('the likelihood-ratio test', () => {
  test('agrees with SciPy’s G of the joined cells over Williams’ correction, to 1e-9', () => {
    for (const { table, expected } of tablesWith<ChiSquareTest>('g-test')) {
      const actual = gTest(table.reference, table.current);
      expect(actual.degreesOfFreedom, table.name).toBe(expected.degreesOfFreedom);
      expectClose(actual.statistic, expected.statistic, 1e-9, 1e-15, table.name);
      expectClose(actual.pValue, expected.pValue, 1e-9, 1e-300, table.name);
    }
  });

  test('is 0 for equal shares, and unknown without rows', () => {
    expect(gTest([20, 30], [200, 300])).toEqual({ statistic: 0, degreesOfFreedom: 1, pValue: 1 });
    expect(gTest([0, 0], [1, 2]).pValue).toBeNaN();
  });
});

describe('the evidence of χ²', () => {
  test('is the larger p-value of χ² and likelihood ratio, whichever that is', () => {
    const manyAgainstFew = [
      { reference: [30, 30, 30, 30], current: [15_000, 40_000, 30_000, 35_000] },
      { reference: [3000, 3000, 3000], current: [16, 33, 50] },
    ].map(({ reference, current }) => {
      const p = { chi: chiSquareHomogeneity(reference, current).pValue, g: gTest(reference, current).pValue };
      expect(homogeneityEvidence(reference, current).pValue).toBe(Math.max(p.chi, p.g));
      return p.g > p.chi;
    });
    expect(new Set(manyAgainstFew).size).toBe(2);
  });
});

describe('the best single cell', () => {
  test('has Fisher’s exact p-value, as from whole numbers or SciPy’s hypergeometric distribution', () => {
    for (const { table, expected } of tablesWith<number>('single-cell')) {
      expectClose(bestSingleCell(table.reference, table.current).pValue, expected, 1e-9, 1e-300, table.name);
    }
  });

  test('is the cell that changed', () => {
    expect(bestSingleCell([100, 100, 100, 100], [30, 31, 60, 29]).index).toBe(2);
    expect(bestSingleCell([1000, 1000, 0], [100, 100, 6]).index).toBe(2);
  });

  test('hypergeometric probabilities sum to 1, also for billions of rows', () => {
    for (const [total, marked, drawn] of [
      [10, 4, 3],
      [500, 20, 100],
      [3e9, 40, 1e9],
      [2e9, 1e9, 30],
    ] as const) {
      let sum = 0;
      for (let x = 0; x <= Math.min(marked, drawn); x++) sum += hypergeometricProbability(x, total, marked, drawn);
      expectClose(sum, 1, 1e-9);
    }
  });
});

describe('categorical evidence', () => {
  test('doubles the p-value of χ² evidence, or takes 2k single-cell p-values where one of many categories changed', () => {
    const few = { reference: [100, 100, 100], current: [50, 40, 60] };
    expectClose(
      categoricalEvidence(few.reference, few.current).pValue,
      2 * homogeneityEvidence(few.reference, few.current).pValue,
    );
    const reference = new Array<number>(100).fill(100);
    const current = reference.map((_, i) => (i === 7 ? 60 : 20));
    const evidence = categoricalEvidence(reference, current);
    expectClose(evidence.pValue, 200 * bestSingleCell(reference, current).pValue);
    expect(evidence.pValue).toBeLessThan(chiSquareHomogeneity(reference, current).pValue);
  });

  test('sees a new category when all known ones are too rare for χ²', () => {
    const reference = [...new Array<number>(500).fill(4), 0];
    const current = [...new Array<number>(500).fill(0).map((_, i) => (i < 80 ? 1 : 0)), 20];
    expect(categoricalEvidence(reference, current).pValue).toBeLessThan(1e-15);
  });

  test('is never above 1', () => {
    expect(categoricalEvidence([10, 10], [10, 10]).pValue).toBe(1);
  });
});
