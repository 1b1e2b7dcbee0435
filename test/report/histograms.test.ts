import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finiteRows } from '../../src/profile/numeric.ts';
import { categoricalHistogram, numericHistogram } from '../../src/report/histograms.ts';
import { baselineOf, type Values, windowOf } from '../drift/in-memory.ts';

function numeric(training: readonly number[], log: readonly number[]) {
  const baseline = baselineOf({ x: { numbers: training } });
  const [column] = baseline.columns;
  const [window] = windowOf(baseline, { x: { numbers: log } }).columns;
  if (column?.type !== 'numeric' || window?.type !== 'numeric') throw new Error('a numeric column is expected');
  return { histogram: numericHistogram(column.spec, column.profile, window), window };
}

function categorical(training: readonly (string | null)[], log: readonly (string | null)[]) {
  const baseline = baselineOf({ x: { categories: training } satisfies Values });
  const [column] = baseline.columns;
  const [window] = windowOf(baseline, { x: { categories: log } }).columns;
  if (column?.type !== 'categorical' || window?.type !== 'categorical') throw new Error('a category is expected');
  return { histogram: categoricalHistogram(column.spec, column.profile, window), window, baseline: column.profile };
}

/** Rows of (edges[i], edges[i+1]], the first bin closed. */
function countIn(edges: readonly number[], values: readonly number[]): number[] {
  return edges.slice(1).map((to, bin) => {
    const from = edges[bin] ?? 0;
    return values.filter((value) => (value > from || (bin === 0 && value === from)) && value <= to).length;
  });
}

describe('numeric histogram', () => {
  const value = fc.oneof(
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.integer({ min: -4, max: 4 }),
    fc.constantFrom(0, 0, 0, 1e9, -1e300),
  );

  it('counts exactly the rows that lie between its edges, on both sides, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.array(value, { maxLength: 100 }),
        (training, log) => {
          const { histogram, window } = numeric(training, log);
          const { edges } = histogram;
          expect(edges).toEqual([...edges].sort((a, b) => a - b));
          expect(histogram.baseline).toHaveLength(edges.length - 1);
          expect(histogram.window.reduce((a, b) => a + b, 0)).toBe(finiteRows(window));
          expect(histogram.baseline).toEqual(countIn(edges, training));
          expect(histogram.window).toEqual(countIn(edges, log));
        },
      ),
    );
  });

  it('gives each value of a discrete column a bin around it', () => {
    const dice = Array.from({ length: 60 }, (_, row) => 1 + (row % 6));
    expect(numeric(dice, [1, 1, 6]).histogram).toEqual({
      edges: [1, 1.5, 2.5, 3.5, 4.5, 5.5, 6],
      baseline: [10, 10, 10, 10, 10, 10],
      window: [2, 0, 0, 0, 0, 1],
    });
    expect(numeric([0, 0, 0, 1], [1]).histogram).toEqual({ edges: [0, 0.5, 1], baseline: [3, 1], window: [0, 1] });
  });

  it('of a constant column is one bin', () => {
    expect(numeric([7, 7], [7]).histogram).toEqual({ edges: [7, 7], baseline: [2], window: [1] });
  });

  it('has about 20 bins of about equal width for a continuous column, and bins for what lies outside', () => {
    const training = Array.from({ length: 10_000 }, (_, row) => row / 10_000);
    const { edges, baseline, window } = numeric(training, [-5, 0.5, 9]).histogram;
    expect(edges.length).toBeGreaterThan(18);
    expect(edges.length).toBeLessThan(25);
    expect([edges[0], edges.at(-1)]).toEqual([-5, 9]);
    expect([window[0], window.at(-1), baseline[0], baseline.at(-1)]).toEqual([1, 1, 0, 0]);
  });

  it('shows something of a column that is nearly always the same', () => {
    const training = Array.from({ length: 10_000 }, (_, row) => (row < 9_970 ? 0 : row - 9_960));
    expect(numeric(training, [0]).histogram.edges.length).toBeGreaterThan(5);
  });
});

describe('categorical histogram', () => {
  it('shows the most frequent values of either side, and all others together', () => {
    const training = Array.from({ length: 4_000 }, (_, row) => (row % 2 === 0 ? 'a' : `b${row % 51}`));
    const { histogram, window, baseline } = categorical(training, ['new', 'new', 'a', 'b1', null]);
    expect(histogram.values.slice(0, 2).sort()).toEqual(['a', 'new']);
    expect(histogram.values).toHaveLength(20);
    const rows = (counts: readonly number[], other: number) => counts.reduce((a, b) => a + b, other);
    expect(rows(histogram.window, histogram.other.window)).toBe(4);
    const present = baseline.counts.reduce((a, b) => a + b, baseline.rare + baseline.unseen);
    expect(rows(histogram.baseline, histogram.other.baseline)).toBe(present);
    expect(window.missing).toBe(1);
  });
});
