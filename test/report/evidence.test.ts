import { expect, test } from 'vitest';
import { movedRanges } from '../../src/report/evidence.ts';

test('ranges of values that lie close together differ in words as well', () => {
  const edges = [100_000.1, 100_000.3, 100_000.5, 100_000.7];
  const moved = movedRanges({ edges, baseline: [10, 20, 70], window: [70, 20, 10] });
  expect(moved.map(({ what }) => what)).toEqual(['100000.1 – 100000.3', '100000.5 – 100000.7']);
});

test('a window without any value has moved from nowhere to nowhere', () => {
  expect(movedRanges({ edges: [0, 1, 2], baseline: [10, 20], window: [0, 0] })).toEqual([]);
});
