import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToSum, mergeSums, quantumFor, sumValue, ZERO_SUM } from '../../src/profile/exact-sum.ts';

describe('exact sum', () => {
  it('is within half a quantum a row group of the sum', () => {
    const quantum = quantumFor(1);
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true })), (groups) => {
        const sum = groups.reduce((total, group) => addToSum(total, group, quantum), ZERO_SUM);
        const plain = groups.reduce((a, b) => a + b, 0);
        const rounding = (groups.length * quantum) / 2 + groups.length * 1e6 * groups.length * Number.EPSILON;
        expect(Math.abs((sumValue(sum, quantum) ?? Number.NaN) - plain)).toBeLessThanOrEqual(rounding);
      }),
    );
  });

  it('has no value after a row group that a double cannot hold, in whichever part it was', () => {
    const quantum = quantumFor(1);
    const fine = addToSum(ZERO_SUM, 3, quantum);
    for (const lost of [Number.POSITIVE_INFINITY, Number.NaN, 1e308]) {
      expect(sumValue(mergeSums(fine, addToSum(ZERO_SUM, lost, quantum)), quantum)).toBeUndefined();
    }
    expect(sumValue(fine, quantum)).toBe(3);
  });

  it('has no value where many row groups together are too large for a double', () => {
    const quantum = quantumFor(1e300);
    const many = Array.from({ length: 4 }).reduce<typeof ZERO_SUM>((sum) => addToSum(sum, 1e308, quantum), ZERO_SUM);
    expect(many.overflows).toBe(0);
    expect(sumValue(many, quantum)).toBeUndefined();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e308])('has a usable quantum at scale %s', (scale) => {
    const quantum = quantumFor(scale);
    expect(quantum).toBeGreaterThan(0);
    expect(Number.isFinite(1 / quantum)).toBe(true);
  });
});
