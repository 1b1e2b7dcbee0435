import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ksBracket, ksInterval, ksPValue, ksStatistic, ksTwoSample } from '../../src/statistics/kolmogorov-smirnov.ts';
import { exactTail } from '../../src/statistics/kolmogorov-smirnov-exact.ts';
import { kolmogorovSurvival, normalSurvival } from '../../src/statistics/special.ts';
import { countInCells, expectClose, minimalStandard, normal, readCases, tablesWith } from './reference.ts';
import { makeSamples } from './samples.ts';

describe('D', () => {
  test('agrees with SciPy where each cell holds one value', () => {
    for (const { table, expected } of tablesWith<number>('kolmogorov-smirnov')) {
      expectClose(ksStatistic(table.reference, table.current), expected, 1e-9, 1e-15, table.name);
    }
  });

  test('of raw samples, and its exact p-value, agree with SciPy, ties included', () => {
    for (const sample of makeSamples()) {
      const result = ksTwoSample(sample.x, sample.y);
      expectClose(result.statistic, sample.ks, 1e-9, 1e-15, sample.name);
      if (sample.exactPValue !== null) expectClose(result.pValue, sample.exactPValue, 1e-9, 1e-300, sample.name);
    }
  });

  test('lies within the bracket from 1,024 cells, which is at most as wide as the heaviest cell', () => {
    for (const sample of makeSamples()) {
      const sorted = sample.x.toSorted();
      const edges = Float64Array.from({ length: 1023 }, (_, i) => sorted[Math.ceil(((i + 1) * sample.n) / 1024) - 1]!);
      const distinctEdges = [...new Set(edges)];
      const reference = countInCells(sample.x, distinctEdges);
      const { lower, upper } = ksBracket(reference, countInCells(sample.y, distinctEdges));
      expect(sample.ks, sample.name).toBeGreaterThanOrEqual(lower - 1e-12);
      expect(sample.ks, sample.name).toBeLessThanOrEqual(upper + 1e-12);
      expect(upper - lower, sample.name).toBeLessThanOrEqual(Math.max(...reference) / sample.n + 1e-12);
    }
  });

  const value = fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.double({ noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
  );
  const sample = fc.array(value, { minLength: 1, maxLength: 60 }).map((values) => Float64Array.from(values));

  test('lies within the bracket for any samples and any cells', () => {
    fc.assert(
      fc.property(sample, sample, fc.array(value, { maxLength: 12 }), (x, y, cuts) => {
        const edges = Float64Array.from(cuts).sort();
        const truth = ksTwoSample(x, y).statistic;
        const { lower, upper } = ksBracket(countInCells(x, edges), countInCells(y, edges));
        expect(truth).toBeGreaterThanOrEqual(lower - 1e-12);
        expect(truth).toBeLessThanOrEqual(upper + 1e-12);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test('lies within the narrower bracket where cells of one distinct value are flagged as points', () => {
    fc.assert(
      fc.property(sample, sample, fc.array(fc.nat({ max: 119 }), { maxLength: 40 }), (x, y, picks) => {
        const pooled = [...x, ...y];
        const edges = Float64Array.from(picks, (pick) => pooled[pick % pooled.length]!).sort();
        const cellOf = (v: number) => countInCells([v], edges).indexOf(1);
        const isPoint = Array.from(
          { length: edges.length + 1 },
          (_, cell) => new Set(pooled.filter((v) => cellOf(v) === cell).map((v) => v + 0)).size <= 1,
        );
        const [a, b] = [countInCells(x, edges), countInCells(y, edges)];
        const truth = ksTwoSample(x, y).statistic;
        const plain = ksBracket(a, b);
        const { lower, upper } = ksBracket(a, b, isPoint.map(Number));
        expect(truth).toBeGreaterThanOrEqual(lower - 1e-12);
        expect(truth).toBeLessThanOrEqual(upper + 1e-12);
        expect(upper).toBeLessThanOrEqual(plain.upper);
        if (isPoint.every(Boolean)) expect(upper).toBe(lower);
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  test('is known exactly where one side has no rows in the cells in between', () => {
    expect(ksBracket([10, 0, 0, 10], [0, 7, 3, 0])).toEqual({ lower: 0.5, upper: 0.5, at: 0 });
  });

  test('names the first cell of the largest difference', () => {
    expect(ksBracket([1, 5, 4], [1, 1, 8]).at).toBe(1);
  });
});

describe('p-value of D', () => {
  test('agrees with SciPy’s exact one to 1e-9, down to 1e-300', () => {
    for (const [n, m, d, expected] of readCases<[number, number, number, number | null][]>(
      'kolmogorov-smirnov-exact',
    )) {
      if (expected !== null) expectClose(ksPValue(d, n, m), expected, 1e-9, 1e-300, `${n}, ${m}, ${d}`);
    }
  });

  test('of closed forms: all rows of one sample first', () => {
    // Two of the C(n + m, n) orders have D = 1.
    expectClose(ksPValue(1, 3, 4), 2 / 35);
    expectClose(ksPValue(1, 10, 10), 2 / 184756);
  });

  test.each([
    [100, 20000],
    [300, 5003],
    [997, 1009],
    [1000, 3001],
  ])('for %i and %i rows, too many for the exact one, is never smaller and hardly larger', (n, m) => {
    const lattice = m % n === 0 ? m : n * m;
    for (const z of [0.7, 1, 1.36, 1.63, 2, 2.6]) {
      const h = Math.ceil(z * Math.sqrt(1 / n + 1 / m) * lattice);
      const exact = exactTail(h, n, m);
      const p = ksPValue(h / lattice, n, m);
      expect(p / exact).toBeGreaterThanOrEqual(1);
      expect(p / exact).toBeLessThan(exact > 0.005 ? 1.15 : 1.6);
    }
  });

  test('never increases in d', () => {
    for (const [n, m] of [
      [7, 12],
      [100, 300],
      [1000, 1000],
      [500, 1001],
    ] as const) {
      let last = 1;
      for (let d = 0; d <= 1.01; d += 0.003) {
        const p = ksPValue(d, n, m);
        expect(p).toBeLessThanOrEqual(last);
        last = p;
      }
    }
  });

  test('of a D between two possible values is that of the larger one', () => {
    expect(ksPValue(0.41, 5, 5)).toBe(ksPValue(0.6, 5, 5));
  });

  test('has decided answers at the borders', () => {
    expect(ksPValue(0, 10, 10)).toBe(1);
    expect(ksPValue(1.5, 10, 10)).toBe(0);
    expect(ksPValue(Number.NaN, 10, 10)).toBeNaN();
    expect(ksPValue(0.5, 0, 10)).toBeNaN();
    expectClose(ksPValue(0.1, 100, Number.POSITIVE_INFINITY), kolmogorovSurvival(1));
    expect(ksTwoSample(new Float64Array(0), Float64Array.of(1)).statistic).toBeNaN();
    expect(ksTwoSample(Float64Array.of(Number.NaN), Float64Array.of(1)).pValue).toBeNaN();
    expect(ksTwoSample(Float64Array.of(Number.NEGATIVE_INFINITY), Float64Array.of(1)).statistic).toBe(1);
  });
});

describe('interval of D', () => {
  test('is the same bits every time, and contains its estimate', () => {
    const first = ksInterval([10, 20, 30, 40], [40, 30, 20, 10]);
    expect(ksInterval([10, 20, 30, 40], [40, 30, 20, 10])).toEqual(first);
    expect(first.lower).toBeLessThan(first.estimate);
    expect(first.estimate).toBeLessThan(first.upper);
    expect(first.estimate).toBeLessThan(ksStatistic([10, 20, 30, 40], [40, 30, 20, 10]));
  });

  test('of disjoint samples reaches 1, and leaves room below as their rows demand', () => {
    const few = ksInterval([20, 0], [0, 20]);
    const many = ksInterval([2000, 0], [0, 2000]);
    expect(few.upper).toBe(1);
    expect(few.lower).toBeGreaterThan(0.6);
    expect(few.lower).toBeLessThan(many.lower);
    expect(many.lower).toBeGreaterThan(0.99);
  });

  // D = sup |F − G| of two normal distributions δ apart is 2Φ(δ/2) − 1; of two uniform ones on [0, 1] it is δ.
  test.each([
    ['normal', 1000, 500, 0.2],
    ['normal', 500, 1000, 0.5],
    ['normal', 2000, 2000, 1],
    ['uniform', 500, 2000, 0.3],
  ] as const)(
    'covers the true D of %s values, %i and %i rows, %f apart, in 92 to 98 of 100 runs',
    (shape, n, m, shift) => {
      const random = minimalStandard(20251224);
      const draw = shape === 'normal' ? () => normal(random) : random;
      const truth = shape === 'normal' ? 1 - 2 * normalSurvival(shift / 2) : shift;
      const runs = 500;
      let covered = 0;
      for (let run = 0; run < runs; run++) {
        const baseline = Float64Array.from({ length: n }, draw).sort();
        const edges = baseline.filter((_, i) => i < n - 1 && i % Math.ceil(n / 500) === 0);
        const window = Float64Array.from({ length: m }, () => draw() + shift);
        const { lower, upper } = ksInterval(countInCells(baseline, edges), countInCells(window, edges));
        if (lower <= truth && truth <= upper) covered++;
      }
      expect(covered / runs).toBeGreaterThan(0.92);
      expect(covered / runs).toBeLessThan(0.98);
    },
  );
});
