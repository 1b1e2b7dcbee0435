import { expect, test } from 'vitest';
import { adjustPValues } from '../../src/statistics/benjamini-hochberg.ts';
import { expectClose, readCases } from './reference.ts';

test('adjusted p-values agree with SciPy to 1e-9', () => {
  for (const [pValues, expected] of readCases<[number[], number[]][]>('benjamini-hochberg')) {
    const adjusted = adjustPValues(pValues);
    expect(adjusted.length).toBe(expected.length);
    for (const [i, p] of adjusted.entries()) expectClose(p, expected[i]!);
  }
});

test('a test that could not be made stays NaN and does not count', () => {
  expect(adjustPValues([0.01, Number.NaN, 0.02])).toEqual([0.02, Number.NaN, 0.02]);
  expect(adjustPValues([Number.NaN])).toEqual([Number.NaN]);
  expect(adjustPValues([])).toEqual([]);
});

test('the input is left as it was', () => {
  const pValues = [0.5, 0.1, 0.3];
  adjustPValues(pValues);
  expect(pValues).toEqual([0.5, 0.1, 0.3]);
});
