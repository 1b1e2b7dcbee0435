import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binCounts, stabilityBins, testBins } from '../../src/drift/bins.ts';
import { populationStabilityIndex } from '../../src/statistics/psi.ts';

const count = fc.oneof(fc.nat(3), fc.nat(1000), fc.constant(0));
/** As `orderedCounts` gives them: of the baseline nothing lies outside of its grid but infinities. */
const counts = fc
  .tuple(fc.oneof(fc.constant(0), fc.nat(20)), fc.array(count, { minLength: 1, maxLength: 60 }), fc.constant(0))
  .map(([low, cells, high]) => [low, ...cells, high]);

function shares(cells: readonly number[]): number[] {
  const total = cells.reduce((sum, n) => sum + n, 0);
  return cells.map((n) => n / total);
}

describe('bins of the stability index', () => {
  it('cover every cell exactly once, in order, whatever the counts', () => {
    fc.assert(
      fc.property(counts, (cells) => {
        const bins = stabilityBins(cells);
        expect(bins[0]?.from).toBe(0);
        expect(bins.at(-1)?.to).toBe(cells.length);
        bins.forEach((bin, index) => {
          expect(bin.to).toBeGreaterThan(bin.from);
          expect(bin.from).toBe(index === 0 ? 0 : bins[index - 1]?.to);
        });
        expect(bins.length).toBeLessThanOrEqual(10 + 10 + 2);
      }),
    );
  });

  it('give a sample a stability index of 0 with itself', () => {
    fc.assert(
      fc.property(
        counts.filter((cells) => cells.some((n) => n > 0)),
        (cells) => {
          const binned = binCounts(cells, stabilityBins(cells));
          expect(populationStabilityIndex(binned, binned)).toBe(0);
        },
      ),
    );
  });

  it('are ten deciles and the outermost 0.1 % on either side for a continuous column', () => {
    const cells = [0, ...Array.from({ length: 1000 }, () => 20), 0];
    const bins = stabilityBins(cells);
    expect(bins.map(({ tail }) => tail)).toEqual([true, ...Array.from({ length: 10 }, () => false), true]);
    const expected = [0.001, 0.099, ...Array.from({ length: 8 }, () => 0.1), 0.099, 0.001];
    shares(binCounts(cells, bins)).forEach((share, bin) => {
      expect(share).toBeCloseTo(expected[bin] ?? Number.NaN, 9);
    });
  });

  it('hold at least one row in each tail of a small sample', () => {
    const cells = [0, ...Array.from({ length: 100 }, () => 1), 0];
    const bins = stabilityBins(cells);
    expect(binCounts(cells, bins).at(0)).toBe(1);
    expect(binCounts(cells, bins).at(-1)).toBe(1);
  });

  it('have tails as near to 0.1 % as the cells of the grid allow, above it too', () => {
    // The smallest value is a cell of its own; 19 more rows would be 0.095 %, 20 are one too many.
    const cells = [0, 1, 20, ...Array.from({ length: 999 }, () => 20), 0];
    expect(binCounts(cells, stabilityBins(cells)).at(0)).toBe(21);
  });

  it('keep a value that makes up a decile or more apart from its neighbours', () => {
    const cells = [0, 30, 30, 30, 500, 130, 130, 150, 0];
    const bins = stabilityBins(cells);
    expect(bins).toContainEqual({ from: 4, to: 5, tail: false });
  });

  it.each([
    ['constant', [0, 1000, 0]],
    ['two-valued', [0, 900, 100, 0]],
    ['of one row', [0, 1, 0]],
    ['of two rows', [0, 1, 1, 0]],
    ['without any value', [0, 0, 0]],
  ])('exist for a column %s', (_, cells) => {
    expect(stabilityBins(cells).length).toBeGreaterThan(0);
  });

  it('put what lies outside of the training range into the tails, infinities too', () => {
    const cells = [0, ...Array.from({ length: 50 }, () => 10), 0];
    const bins = stabilityBins(cells);
    const outside = [7, ...Array.from({ length: 50 }, () => 0), 9];
    const binned = binCounts(outside, bins);
    expect(binned[0]).toBe(7);
    expect(binned.at(-1)).toBe(9);
    expect(bins[0]?.tail && bins.at(-1)?.tail).toBe(true);
  });
});

describe('bins of a test', () => {
  it('cover every cell exactly once with the same rows of the training data in each', () => {
    fc.assert(
      fc.property(counts, (cells) => {
        const bins = stabilityBins(cells);
        const tested = testBins(bins, cells);
        expect(binCounts(cells, tested)).toEqual(binCounts(cells, bins));
        expect(tested.map(({ from }) => from)).toEqual([0, ...tested.slice(0, -1).map(({ to }) => to)]);
        expect(tested.at(-1)?.to).toBe(cells.length);
      }),
    );
  });

  it('end a tail at its last row, so that the gap to the next value is not the tail’s', () => {
    // Between two values of a small sample lies an empty cell.
    const cells = [0, 1, ...Array.from({ length: 99 }, () => [0, 1]).flat(), 0];
    const bins = testBins(stabilityBins(cells), cells);
    expect(bins.at(0)).toEqual({ from: 0, to: 2, tail: true });
    expect(bins.at(-1)).toEqual({ from: cells.length - 2, to: cells.length, tail: true });
  });
});
