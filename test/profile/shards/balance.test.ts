import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balanced } from '../../../src/profile/shards/balance.ts';

const sizes = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 60 });
const most = fc.integer({ min: 1, max: 2000 });

describe('balanced parts of a sequence', () => {
  test('hold each element once, in order', () => {
    fc.assert(
      fc.property(sizes, most, (all, limit) => {
        expect(balanced(all, limit).flatMap((span) => all.slice(...span))).toEqual(all);
      }),
    );
  });

  test('hold no more than the limit, unless they are one element', () => {
    fc.assert(
      fc.property(sizes, most, (all, limit) => {
        for (const [from, to] of balanced(all, limit)) {
          const sum = all.slice(from, to).reduce((a, b) => a + b, 0);
          if (to - from > 1) expect(sum).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  test.each([
    [[], 10, []],
    [[0], 10, [[0, 1]]],
    // Filled up one after the other they would be 9 and 3.
    [
      [3, 3, 3, 3],
      9,
      [
        [0, 2],
        [2, 4],
      ],
    ],
    [
      [50, 1, 1],
      10,
      [
        [0, 1],
        [1, 3],
      ],
    ],
    [
      [50, 60],
      10,
      [
        [0, 1],
        [1, 2],
      ],
    ],
  ])('are as few and as even as can be: %j, at most %d', (all, limit, expected) => {
    expect(balanced(all, limit)).toEqual(expected);
  });
});
