import { expect, test } from 'vitest';
import { numberInWords, numberWithin, pairInWords } from '../../src/drift/words.ts';

test('a number is rounded to three digits, but none before the point is lost', () => {
  expect([0.012345, 1.2345, 45.67, 999.4, 1234.5, 100000.7, -54321.6, 1234567.8].map(numberInWords)).toEqual([
    '0.0123',
    '1.23',
    '45.7',
    '999',
    '1235',
    '100001',
    '-54322',
    '1.23e+6',
  ]);
});

test('numbers that lie close together have the digits that tell them apart', () => {
  expect([100000.7, 100000.9].map((edge) => numberWithin(edge, 0.2))).toEqual(['100000.7', '100000.9']);
  expect([1.7e9, 1.7e9 + 3600].map((edge) => numberWithin(edge, 3600))).toEqual(['1700000000', '1700003600']);
  expect([0.1, 0.25].map((edge) => numberWithin(edge, 0.15))).toEqual(['0.1', '0.25']);
  expect(numberWithin(5, 0)).toBe('5');
  expect(numberWithin(5, Number.POSITIVE_INFINITY)).toBe('5');
  expect(pairInWords(100000.2, 100000.9, 0.01)).toBe('100000.2 → 100000.9');
  expect(pairInWords(45.31, 45.32, 10), 'noise has no digits').toBe('45.3 → 45.3');
  expect(pairInWords(null, 3, 1)).toBe('unknown → 3');
});
