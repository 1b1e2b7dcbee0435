import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGrid, type Grid, MAX_CELLS, roundTo } from '../../src/profile/grid.ts';
import { NumericAccumulator, type NumericProfile, orderedCounts } from '../../src/profile/numeric.ts';
import type { Precision } from '../../src/scan/source-columns.ts';
import { ksBracket, ksTwoSample } from '../../src/statistics/kolmogorov-smirnov.ts';
import { normalOf as normal, uniform } from '../../src/statistics/random.ts';

type Draw = (random: () => number, normal: () => number) => number;

const SHAPES: Record<string, Draw> = {
  continuous: (_, z) => z(),
  'log-normal over many magnitudes': (_, z) => Math.exp(10 * z()),
  'heavy-tailed': (_, z) => z() / z(),
  integer: (random) => Math.floor(random() * 40),
  'integer with 5,000 values': (random) => Math.floor(random() ** 2 * 5000),
  'half zeros': (random, z) => (random() < 0.5 ? 0 : Math.abs(z())),
  'heavy value amid negative numbers': (random, z) => (random() < 0.3 ? -7.25 : z() * 20),
  constant: () => 3.7,
  'two-valued': (random) => (random() < 0.3 ? 0 : 1),
  huge: (_, z) => 1e305 * z(),
  tiny: (_, z) => 1e-305 * z(),
  subnormal: (random) => 5e-324 * Math.floor(random() * 1000),
  'instants within an hour': (random) => 1.7e9 + random() * 3600,
  cents: (_, z) => Math.round(z() * 1000) / 100,
};

function sample(draw: Draw, rows: number, seed: number): Float64Array {
  const random = uniform(seed);
  const z = normal(random);
  return Float64Array.from({ length: rows }, () => draw(random, z));
}

function counted(grid: Grid, values: Float64Array, source: Precision): NumericProfile {
  const accumulator = new NumericAccumulator({
    type: 'numeric',
    name: 'x',
    temporal: false,
    grid,
    centre: 0,
    scale: 1,
  });
  accumulator.add(values, undefined, undefined, source);
  return accumulator.profile();
}

function gridOf(values: Float64Array, precision: Precision = 'float64'): Grid {
  return buildGrid(values.map((value) => roundTo(precision, value)).sort(), precision);
}

function bracket(grid: Grid, before: NumericProfile, now: NumericProfile) {
  return ksBracket(orderedCounts(before), orderedCounts(now), Uint8Array.from([0, ...grid.isPoint, 0]));
}

describe('cells of a grid', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.integer({ min: -9, max: 9 }),
    fc.constantFrom(0, -0, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308),
  );
  const precision = fc.constantFrom<Precision>('float64', 'float32', 'float16');

  it('are found as by trying one after the other, for any value in any format', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 1500 }),
        fc.array(value),
        precision,
        (training, log, source) => {
          const grid = gridOf(Float64Array.from(training));
          const { edges, precision: compared } = grid.finder(source);
          const given = Float64Array.from([...log, ...training]);
          const expected = new Float64Array(grid.cells);
          for (const one of given) {
            const rounded = roundTo(compared, one);
            if (rounded < (edges[0] ?? 0) || rounded > (edges.at(-1) ?? 0)) continue;
            const cell = edges.findIndex((edge) => rounded <= edge);
            expected[cell] = (expected[cell] ?? 0) + 1;
          }
          expect(counted(grid, given, source).counts).toEqual(expected);
        },
      ),
    );
  });

  it('hold exactly one value where they are points', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 700 }), (training) => {
        const { edges, isPoint } = gridOf(Float64Array.from(training));
        isPoint.forEach((point, cell) => {
          if (point === 0 || cell === 0) return;
          const below = edges[cell - 1] ?? Number.NaN;
          const edge = edges[cell] ?? Number.NaN;
          expect(below).toBeLessThan(edge);
          const middle = below / 2 + edge / 2;
          expect(middle === below || middle === edge).toBe(true);
        });
      }),
    );
  });

  it.each([1, 2, 511, 512, 513, 1024, 1025, 5000])(
    'are at most 1,024 for %i different values, points up to 512',
    (distinct) => {
      const values = Float64Array.from({ length: 3 * distinct }, (_, row) => row % distinct);
      const grid = gridOf(values);
      expect(grid.cells).toBeLessThanOrEqual(MAX_CELLS);
      expect(grid.edges[0]).toBe(0);
      expect(grid.edges.at(-1)).toBe(distinct - 1);
      const points = grid.isPoint.reduce((sum, point) => sum + point, 0);
      if (distinct <= 512) expect(points).toBe(distinct);
      expect(counted(grid, values, 'float64').counts.reduce((a, b) => a + b, 0)).toBe(values.length);
    },
  );

  it('make a point of a value that many rows share, however close others are to it', () => {
    const random = uniform(3);
    const values = Float64Array.from({ length: 20_000 }, () => (random() < 0.5 ? 0 : 1e-7 * random()));
    const grid = gridOf(values);
    const zeros = values.filter((x) => x === 0).length;
    expect(counted(grid, values, 'float64').counts[0]).toBe(zeros);
    const shifted = values.map((x) => (x === 0 ? 0.5e-7 : x));
    const now = counted(grid, shifted, 'float64');
    expect(bracket(grid, counted(grid, values, 'float64'), now).lower).toBeCloseTo(zeros / values.length, 2);
  });
});

describe('Kolmogorov-Smirnov distance on a grid', () => {
  const SHIFT = 0.2;
  describe.each(Object.entries(SHAPES))('%s', (_, draw) => {
    it.each([
      [112, 300],
      [2_000, 1_000],
      [100_000, 20_000],
    ])('brackets the exact one of %i and %i rows, at most 0.001 below it', (n, m) => {
      const training = sample(draw, n, 11);
      const grid = gridOf(training);
      const before = counted(grid, training, 'float64');
      const spread = training.slice().sort();
      const width = (spread[Math.floor(0.75 * n)] ?? 0) - (spread[Math.floor(0.25 * n)] ?? 0);
      for (const shift of [0, SHIFT * width]) {
        const log = sample(draw, m, 12).map((value) => value + shift);
        const { lower, upper } = bracket(grid, before, counted(grid, log, 'float64'));
        const { statistic } = ksTwoSample(training, log);
        expect(lower).toBeLessThanOrEqual(statistic + 1e-12);
        expect(upper).toBeGreaterThanOrEqual(statistic - 1e-12);
        expect(statistic - lower).toBeLessThan(0.002);
      }
    });
  });

  it.each(
    Object.entries(SHAPES).filter(([name]) => !['huge', 'tiny', 'subnormal', 'instants within an hour'].includes(name)),
  )('is 0 for the same data in another floating-point format: %s', (name, draw) => {
    for (const rows of [150, 600, 30_000]) {
      const data = sample(draw, rows, 13);
      const single = data.map(Math.fround);
      const [double, narrow] = [gridOf(data), gridOf(data, 'float32')];
      const before = counted(double, data, 'float64');
      expect(bracket(double, before, counted(double, single, 'float32')).lower).toBe(0);
      const trained = counted(narrow, single, 'float32');
      expect(bracket(narrow, trained, counted(narrow, data, 'float64')).lower).toBe(0);
      if (name.includes('magnitudes') || name.includes('5,000')) continue;
      // Half precision rounds neighbours together: what is left is below what a sample of this size resolves.
      const half = data.map(Math.f16round);
      expect(bracket(double, before, counted(double, half, 'float16')).lower).toBeLessThan(2 / rows + 0.001);
    }
  });
});
