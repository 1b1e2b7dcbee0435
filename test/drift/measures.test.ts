import { describe, expect, it } from 'vitest';
import type { BaselineColumn } from '../../src/baseline/baseline.ts';
import { judge } from '../../src/drift/judge.ts';
import { shareMeasures, valueMeasures } from '../../src/drift/measures.ts';
import { normalOf, uniform } from '../../src/statistics/random.ts';
import { baselineOf, judgementOf, type Values, windowOf } from './in-memory.ts';

const z = normalOf(uniform(5));

function normals(rows: number, mean = 0, deviation = 1): { numbers: Float64Array } {
  return { numbers: Float64Array.from({ length: rows }, () => mean + deviation * z()) };
}

function compared(before: Values, now: Values) {
  const baseline = baselineOf({ x: before });
  const [signal] = judge(baseline, windowOf(baseline, { x: now }), judgementOf()).signals;
  if (signal === undefined || signal.type === 'embedding') throw new Error('a feature is expected');
  return signal;
}

function ofShares(before: Values, now: Values) {
  return shareMeasures(compared(before, now).measured.binned);
}

function ofValues(before: Values, now: Values) {
  const { column, window } = compared(before, now) as ReturnType<typeof compared> & {
    column: Extract<BaselineColumn, { type: 'numeric' }>;
  };
  if (window.type !== 'numeric') throw new Error('a numeric column is expected');
  return valueMeasures(column.profile, window);
}

describe('measures on shares', () => {
  it('are 0 for the same sample, numeric or categorical', () => {
    const zero = Object.fromEntries(Object.keys(ofShares(normals(100), normals(100))).map((name) => [name, 0]));
    const same = normals(500);
    expect(ofShares(same, same)).toEqual(zero);
    const baseline = compared({ categories: ['a', 'b', 'b', 'c'] }, { categories: ['a'] }).measured.binned.baseline;
    expect(shareMeasures({ baseline, window: baseline })).toEqual(zero);
  });

  it('are 1 for ranges without overlap, and an infinite divergence is null', () => {
    const { jensenShannonDistance, jensenShannonDivergence, hellinger, totalVariation, kullbackLeibler } = ofShares(
      { numbers: Float64Array.from({ length: 400 }, (_, row) => row % 7) },
      { numbers: Float64Array.from({ length: 400 }, (_, row) => (row % 7) + 100) },
    );
    for (const distance of [jensenShannonDistance, jensenShannonDivergence, hellinger, totalVariation]) {
      expect(distance).toBeCloseTo(1, 12);
    }
    expect(kullbackLeibler).toBeNull();
  });

  it('count missing values as a bin', () => {
    const before = { numbers: Array.from({ length: 1000 }, () => z()) };
    const now = { numbers: Array.from({ length: 1000 }, (_, row) => (row < 300 ? null : z())) };
    expect(ofShares(before, now).lInfinity).toBeCloseTo(0.3, 12);
  });

  it('are null for a window without rows', () => {
    expect(new Set(Object.values(ofShares(normals(200), { numbers: [] })))).toEqual(new Set([null]));
  });
});

describe('measures of values', () => {
  it('say how far all rows moved, also when they all left the training range', () => {
    for (const shift of [1, 10, 1000]) {
      const { wasserstein, wassersteinInDeviations } = ofValues(
        normals(5_000, 50, 2),
        normals(5_000, 50 + 2 * shift, 2),
      );
      expect((wasserstein ?? 0) / (2 * shift)).toBeCloseTo(1, 1);
      expect((wassersteinInDeviations ?? 0) / shift).toBeCloseTo(1, 1);
    }
  });

  it('agree with the raw values of a discrete column', () => {
    const { wasserstein } = ofValues({ numbers: [0, 0, 1, 3] }, { numbers: [0, 1, 3, 3] });
    expect(wasserstein).toBeCloseTo(0.75, 12);
  });

  it('tell a moved mean from a wider spread', () => {
    const moved = ofValues(normals(4_000), normals(4_000, 0.3));
    expect(moved.meanShift).toBeGreaterThan(8);
    expect(Math.abs(moved.varianceShift ?? Number.NaN)).toBeLessThan(4);
    const wider = ofValues(normals(4_000), normals(4_000, 0, 1.3));
    expect(Math.abs(wider.meanShift ?? Number.NaN)).toBeLessThan(4);
    expect(wider.varianceShift).toBeGreaterThan(8);
  });

  it('see a heavier tail by Anderson-Darling, and neither test alarms on the same distribution', () => {
    const tail = (values: { numbers: Float64Array }) => ({
      numbers: values.numbers.map((x) => (Math.abs(x) > 1.8 ? 2 * x : x)),
    });
    expect(ofValues(normals(4_000), tail(normals(4_000))).andersonDarlingPValue).toBeLessThan(1e-3);
    const same = ofValues(normals(4_000), normals(4_000));
    expect(same.andersonDarlingPValue).toBeGreaterThan(0.001);
    expect(same.cramerVonMisesPValue).toBeGreaterThan(0.001);
  });

  it('are null where they are undefined: no values, infinite ones, a constant', () => {
    const none = ofValues(normals(200), { numbers: [null, null] });
    expect(new Set(Object.values(none))).toEqual(new Set([null]));
    const infinite = ofValues(normals(200), { numbers: [0, 1, Number.POSITIVE_INFINITY] });
    expect(infinite).toMatchObject({ wasserstein: null, wassersteinInDeviations: null });
    expect(infinite.andersonDarling).not.toBeNull();
    const constant = { numbers: new Float64Array(100).fill(7) };
    expect(ofValues(constant, { numbers: [8, 8] })).toMatchObject({
      wasserstein: 1,
      wassersteinInDeviations: null,
      meanShift: null,
      varianceShift: null,
    });
  });
});
