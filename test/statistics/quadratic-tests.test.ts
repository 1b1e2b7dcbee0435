import { describe, expect, test } from 'vitest';
import { andersonDarling } from '../../src/statistics/anderson-darling.ts';
import { cramerVonMises } from '../../src/statistics/cramer-von-mises.ts';
import { andersonDarlingSurvival, cramerVonMisesSurvival } from '../../src/statistics/quadratic-limits.ts';
import { expectClose, readCases, tablesWith } from './reference.ts';

/**
 * Two samples without ties from the order of their rows, with SciPy's Cramér-von Mises and Anderson-Darling results.
 */
const orders = readCases<[string, number, number, number, number][]>('orders').map(([order, ...values]) => ({
  reference: [...order].map((row) => (row === 'x' ? 1 : 0)),
  current: [...order].map((row) => (row === 'y' ? 1 : 0)),
  cramerVonMises: { statistic: values[0], pValue: values[1] },
  andersonDarling: { standardized: values[2], pValue: values[3] },
  order,
}));

describe('Anderson-Darling', () => {
  test('standardized statistic agrees with SciPy’s anderson_ksamp to 1e-9, ties included', () => {
    for (const { table, expected } of tablesWith<[number, number]>('anderson-darling')) {
      const { standardized } = andersonDarling(table.reference, table.current);
      expectClose(standardized, expected[0], 1e-9, 1e-12, table.name);
    }
    for (const { reference, current, andersonDarling: expected, order } of orders) {
      expectClose(andersonDarling(reference, current).standardized, expected.standardized, 1e-9, 1e-12, order);
    }
  });

  test('p-value without ties is within 10 % of SciPy’s table from 40 rows on, inside of that table', () => {
    const inTable = orders.filter(({ andersonDarling: { pValue }, order }) => {
      return order.length >= 40 && pValue > 0.001 && pValue < 0.25;
    });
    expect(inTable.length).toBeGreaterThan(8);
    for (const { reference, current, andersonDarling: expected } of inTable) {
      expectClose(andersonDarling(reference, current).pValue, expected.pValue, 0.1);
    }
  });

  test('p-value of 5 rows that all lie below 5 others is that of 2 orders in 252, within 10 %', () => {
    expectClose(andersonDarling([1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]).pValue, 2 / 252, 0.1);
  });

  test('statistic of a two-valued column is Pearson’s χ² times (N − 1)/N', () => {
    // χ² of [[60, 40], [30, 70]] is 200 (60·70 − 40·30)² / (90 · 110 · 100 · 100).
    const chiSquare = (200 * 3000 ** 2) / (90 * 110 * 100 * 100);
    expectClose(andersonDarling([60, 40], [30, 70]).statistic, (chiSquare * 199) / 200);
  });
});

describe('Cramér-von Mises', () => {
  test('agrees with SciPy’s asymptotic test without ties to 1e-9', () => {
    for (const { reference, current, cramerVonMises: expected, order } of orders) {
      const actual = cramerVonMises(reference, current);
      expectClose(actual.statistic, expected.statistic, 1e-9, 1e-12, order);
      // SciPy has 1 − (distribution function), which it knows to 1e-8.
      expectClose(actual.pValue, expected.pValue, 1e-9, 1e-8, order);
    }
  });

  test('statistic with ties is nm/N² Σ (F − G)² over the rows', () => {
    expectClose(cramerVonMises([3, 1], [1, 3]).statistic, (16 / 64) * 4 * 0.5 ** 2);
  });
});

test('limit distributions have their published percentage points', () => {
  // Anderson & Darling 1952, Stephens 1974; Csörgő & Faraway 1996, table 1.
  for (const [x, p] of [
    [1.933, 0.1],
    [2.492, 0.05],
    [3.857, 0.01],
  ] as const) {
    expectClose(andersonDarlingSurvival(x), p, 0.03);
  }
  for (const [x, p] of [
    [0.0248, 0.99],
    [0.0366, 0.95],
    [0.1189, 0.5],
    [0.3473, 0.1],
    [0.46136, 0.05],
    [0.74346, 0.01],
    [1.16786, 0.001],
  ] as const) {
    expectClose(cramerVonMisesSurvival(x), p, 0.002);
  }
});

test('limit distributions decrease from 1 to 0 without a jump', () => {
  for (const survival of [andersonDarlingSurvival, cramerVonMisesSurvival]) {
    let last = 1;
    for (let x = 0; x < 3; x += 0.001) {
      const p = survival(x);
      expect(p).toBeLessThanOrEqual(last + 1e-14);
      expect(last - p).toBeLessThan(0.02);
      last = p;
    }
    expect(survival(-1)).toBe(1);
    expect(survival(40)).toBeGreaterThan(0);
    expect(survival(Number.POSITIVE_INFINITY)).toBe(0);
    expect(survival(Number.NaN)).toBeNaN();
  }
});
