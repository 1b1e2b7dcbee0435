import { expect, test } from 'vitest';
import { kullbackLeiblerDivergence } from '../../src/statistics/kullback-leibler.ts';
import { kullbackLeiblerInterval } from '../../src/statistics/kullback-leibler-interval.ts';
import { normalSurvival } from '../../src/statistics/special.ts';
import { countInCells, minimalStandard, normal } from './reference.ts';

const EDGES = Array.from({ length: 21 }, (_, index) => -2.6 + 0.26 * index);

/** Probabilities of the cells that the edges make of a normal distribution. */
function normalCells(mean: number): number[] {
  const above = [1, ...EDGES.map((edge) => normalSurvival(edge - mean)), 0];
  return above.slice(1).map((next, index) => above[index]! - next);
}

test('with many rows it is the divergence itself, within an interval that shrinks around it', () => {
  const [reference, current] = [
    [5e7, 3e7, 2e7],
    [2e7, 3e7, 5e7],
  ];
  const { estimate, lower, upper } = kullbackLeiblerInterval(reference, current);
  const truth = kullbackLeiblerDivergence(reference, current);
  expect(estimate).toBeCloseTo(truth, 6);
  expect(lower).toBeLessThan(truth);
  expect(upper).toBeGreaterThan(truth);
  expect(upper - lower).toBeLessThan(0.001);
});

test('a cell that is empty on one side is finite, one that is empty on both counts for nothing', () => {
  expect(kullbackLeiblerInterval([100, 0], [50, 50]).upper).toBeLessThan(10);
  expect(kullbackLeiblerInterval([10, 20, 0], [20, 10, 0])).toEqual(kullbackLeiblerInterval([10, 20], [20, 10]));
});

test.each([
  [
    [0, 0],
    [1, 2],
  ],
  [
    [1, 2],
    [0, 0],
  ],
  [
    [1, Number.NaN],
    [1, 2],
  ],
])('has no answer for %j and %j', (reference, current) => {
  const nothing = { estimate: Number.NaN, lower: Number.NaN, upper: Number.NaN };
  expect(kullbackLeiblerInterval(reference, current)).toEqual(nothing);
});

test.each([
  [0, 500],
  [0.2, 1000],
  [0.5, 1000],
  [1, 1000],
])('covers the truth in 88 of 100 runs and more: shift %f, %i rows', (shift, rows) => {
  const random = minimalStandard(7);
  const truth = kullbackLeiblerDivergence(normalCells(0), normalCells(shift));
  let covered = 0;
  for (let run = 0; run < 200; run++) {
    const sample = (mean: number) =>
      countInCells(
        Float64Array.from({ length: rows }, () => normal(random) + mean),
        EDGES,
      );
    const { lower, upper } = kullbackLeiblerInterval(sample(0), sample(shift));
    if (lower <= truth && truth <= upper) covered++;
  }
  expect(covered).toBeGreaterThanOrEqual(176);
});
