import { describe, expect, test } from 'vitest';
import { meanShift } from '../../src/statistics/mean-shift.ts';
import { varianceShift } from '../../src/statistics/variance-shift.ts';
import { expectClose, readCases } from './reference.ts';
import { makeSamples } from './samples.ts';

function moments(values: Float64Array) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return {
    count: values.length,
    mean,
    variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1),
  };
}

describe('mean shift', () => {
  test('agrees with SciPy’s Welch statistic to 1e-9', () => {
    for (const [n, mean, variance, m, otherMean, otherVariance, z] of readCases<number[][]>('mean-shift')) {
      const reference = { count: n!, mean: mean!, variance: variance! };
      expectClose(meanShift(reference, { count: m!, mean: otherMean!, variance: otherVariance! }), z!);
    }
    for (const { x, y, welch, name } of makeSamples()) {
      if (welch !== null) expectClose(meanShift(moments(x), moments(y)), welch, 1e-9, 1e-12, name);
    }
  });

  test('of constant samples is 0 or infinite, and NaN where there is no variance', () => {
    const constant = { count: 10, mean: 3, variance: 0 };
    expect(meanShift(constant, constant)).toBe(0);
    expect(meanShift(constant, { ...constant, mean: 2 })).toBe(Number.NEGATIVE_INFINITY);
    expect(meanShift(constant, { count: 1, mean: 3, variance: 1 })).toBeNaN();
    expect(meanShift(constant, { count: 10, mean: 3, variance: Number.NaN })).toBeNaN();
    expect(meanShift(constant, { count: 10, mean: Number.POSITIVE_INFINITY, variance: 1 })).toBeNaN();
    expect(meanShift(constant, { count: 10, mean: 3, variance: -1 })).toBeNaN();
  });
});

describe('variance shift', () => {
  test('is ln of the ratio over its standard error', () => {
    // κ − (n − 3)/(n − 1) at κ = 3 is 2n/(n − 1): the error of ln s² is √(2/(n − 1)) for normal values.
    expectClose(
      varianceShift({ count: 101, variance: 1 }, { count: 51, variance: 2 }),
      Math.LN2 / Math.sqrt(2 / 100 + 2 / 50),
    );
    expectClose(
      varianceShift({ count: 101, variance: 2 }, { count: 51, variance: 1 }),
      -Math.LN2 / Math.sqrt(2 / 100 + 2 / 50),
    );
  });

  test('agrees with Layard’s error from SciPy’s kurtosis of known distributions to 1e-9', () => {
    for (const [n, variance, m, other, kurtosis, z] of readCases<number[][]>('variance-shift')) {
      const now = { count: m!, variance: other! };
      expectClose(varianceShift({ count: n!, variance: variance! }, now, kurtosis), z!, 1e-9, 1e-12);
    }
  });

  test('of constant samples is 0 or infinite, of a distribution without a fourth moment 0', () => {
    expect(varianceShift({ count: 9, variance: 0 }, { count: 5, variance: 0 })).toBe(0);
    expect(varianceShift({ count: 9, variance: 0 }, { count: 5, variance: 1 })).toBe(Number.POSITIVE_INFINITY);
    expect(varianceShift({ count: 9, variance: 1 }, { count: 5, variance: 0 })).toBe(Number.NEGATIVE_INFINITY);
    expect(varianceShift({ count: 9, variance: 1 }, { count: 5, variance: 4 }, Number.POSITIVE_INFINITY)).toBe(0);
    expect(varianceShift({ count: 9, variance: 1 }, { count: 5, variance: 4 }, 0.5)).toBeNaN();
    expect(varianceShift({ count: 1, variance: 1 }, { count: 5, variance: 4 })).toBeNaN();
    expect(varianceShift({ count: 9, variance: Number.NaN }, { count: 5, variance: 4 })).toBeNaN();
  });
});
