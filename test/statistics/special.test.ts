import { describe, expect, test } from 'vitest';
import {
  chiSquareSurvival,
  deviance,
  kolmogorovSurvival,
  normalQuantile,
  normalSurvival,
} from '../../src/statistics/special.ts';
import { expectClose, readCases } from './reference.ts';

const cases = readCases<Record<string, [number, number, number][]>>('special');

describe('special functions agree with SciPy', () => {
  test('χ² survival up to 1,000 degrees of freedom, to 1e-9 for p above 1e-90', () => {
    for (const [x, df, expected] of cases.chiSquareSurvival!) {
      expectClose(chiSquareSurvival(x, df), expected, expected > 1e-90 ? 1e-9 : 0.01, 1e-300, `χ²(${x}, ${df})`);
    }
  });

  test('normal survival into the far tail', () => {
    for (const [z, expected] of cases.normalSurvival!) expectClose(normalSurvival(z), expected, 1e-9, 1e-300, `z ${z}`);
  });

  test('normal quantile, for p from 1e-9', () => {
    for (const [p, expected] of cases.normalQuantile!) {
      if (p >= 0.99e-9) expectClose(normalQuantile(p), expected, 1e-9, 1e-15, `p ${p}`);
    }
  });

  test('Kolmogorov survival where either series is used', () => {
    for (const [x, expected] of cases.kolmogorovSurvival!) {
      expectClose(kolmogorovSurvival(x), expected, 1e-9, 1e-300, `x ${x}`);
    }
  });
});

test('limits and undefined arguments have decided answers', () => {
  expect(chiSquareSurvival(0, 0)).toBe(1);
  expect(chiSquareSurvival(1, 0)).toBe(0);
  expect(chiSquareSurvival(Number.POSITIVE_INFINITY, 3)).toBe(0);
  expect(chiSquareSurvival(-1, 3)).toBeNaN();
  expect(chiSquareSurvival(1, Number.NaN)).toBeNaN();
  expect(normalSurvival(Number.POSITIVE_INFINITY)).toBe(0);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  expect(normalQuantile(1.1)).toBeNaN();
  expect(kolmogorovSurvival(0)).toBe(1);
  expect(kolmogorovSurvival(Number.POSITIVE_INFINITY)).toBe(0);
  expect(kolmogorovSurvival(Number.NaN)).toBeNaN();
  expect(deviance(0, 2)).toBe(2);
  expect(deviance(2, 0)).toBe(Number.POSITIVE_INFINITY);
  expect(deviance(0, 0)).toBe(0);
});
