import { expect, test } from 'vitest';
import { standardizedWassersteinDistance, wassersteinDistance } from '../../src/statistics/wasserstein.ts';
import { countInCells, expectClose, tablesWith } from './reference.ts';
import { makeSamples } from './samples.ts';

test('agrees with SciPy to 1e-9 where each cell is one value', () => {
  for (const { table, expected } of tablesWith<number>('wasserstein')) {
    expectClose(wassersteinDistance(table.positions, table.reference, table.current), expected, 1e-9, 0, table.name);
  }
});

test('of samples counted on cells is within the rows’ distances from their cells’ positions', () => {
  for (const { x, y, name, wasserstein } of makeSamples()) {
    const sorted = Float64Array.from([...x, ...y]).sort();
    const edges = [...new Set(Array.from({ length: 200 }, (_, i) => sorted[Math.floor((i * sorted.length) / 200)]!))];
    const cells = Array.from({ length: edges.length + 1 }, () => ({ sum: 0, count: 0 }));
    const cellOf = (value: number) => countInCells([value], edges).indexOf(1);
    for (const value of sorted) {
      const cell = cells[cellOf(value)]!;
      cell.sum += value;
      cell.count++;
    }
    const positions = cells.map(({ sum, count }) => sum / count);
    const away = (values: Float64Array) =>
      values.reduce((sum, value) => sum + Math.abs(value - positions[cellOf(value)]!), 0) / values.length;
    const bound = away(x) + away(y);
    const distance = wassersteinDistance(positions, countInCells(x, edges), countInCells(y, edges));
    expect(Math.abs(distance - wasserstein), name).toBeLessThanOrEqual(bound * (1 + 1e-9) + 1e-12 * wasserstein);
  }
});

test('in standard deviations, a shift of everything by one is 1', () => {
  expectClose(standardizedWassersteinDistance([0, 10, 20], [5, 5, 0], [0, 5, 5], 10), 1);
});

test('of a constant reference is 0 where nothing moved, else infinite', () => {
  expect(standardizedWassersteinDistance([3, 4], [9, 0], [5, 0], 0)).toBe(0);
  expect(standardizedWassersteinDistance([3, 4], [9, 0], [5, 1], 0)).toBe(Number.POSITIVE_INFINITY);
  expect(standardizedWassersteinDistance([3, 4], [9, 0], [5, 1], Number.NaN)).toBeNaN();
});

test('positions of cells without rows are not looked at, others must be finite and ascend', () => {
  expect(wassersteinDistance([Number.NEGATIVE_INFINITY, 0, 1, Number.NaN], [0, 1, 0, 0], [0, 0, 1, 0])).toBe(1);
  expect(wassersteinDistance([Number.NEGATIVE_INFINITY, 0, 1], [1, 1, 0], [1, 0, 1])).toBeNaN();
  expect(() => wassersteinDistance([1, 0], [1, 1], [1, 1])).toThrow('ascend');
  expect(() => wassersteinDistance([1], [1, 1], [1, 1])).toThrow(RangeError);
});
