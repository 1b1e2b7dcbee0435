import { expect, test } from 'vitest';
import { HOW_TO_READ } from '../../../src/report/html/about.ts';
import { intervalInWords } from '../../../src/report/html/words.ts';

test('a value outside of its own interval is explained', () => {
  expect(intervalInWords({ value: 0.2, lower: 0.15, upper: 0.24 })).toBe('0.15 – 0.24');
  expect(intervalInWords({ value: 0.0203, lower: 0, upper: 0.0125 })).toBe('0 – 0.0125, corrected for chance');
  expect(intervalInWords({ value: null, lower: 0, upper: 0.0125 })).toBe('0 – 0.0125');
  expect(intervalInWords({ value: 0.1, lower: null, upper: null })).toBeUndefined();
  expect(String(HOW_TO_READ)).toContain('The intervals are corrected for that');
});
