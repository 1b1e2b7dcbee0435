import { describe, expect, test } from 'vitest';
import { hellingerDistance } from '../../src/statistics/hellinger.ts';
import { jensenShannonDistance, jensenShannonDivergence } from '../../src/statistics/jensen-shannon.ts';
import { kullbackLeiblerDivergence } from '../../src/statistics/kullback-leibler.ts';
import { lInfinityDistance } from '../../src/statistics/l-infinity.ts';
import { correctedTotalVariation, totalVariation } from '../../src/statistics/total-variation.ts';
import { expectClose, tablesWith } from './reference.ts';

describe('distances of shares agree with SciPy to 1e-9', () => {
  test.each([
    ['total-variation', totalVariation],
    ['l-infinity', lInfinityDistance],
    ['hellinger', hellingerDistance],
  ] as const)('%s', (name, measure) => {
    for (const { table, expected } of tablesWith<number>(name)) {
      expectClose(measure(table.reference, table.current), expected, 1e-9, 1e-15, table.name);
    }
  });

  // SciPy sums terms that nearly cancel: it resolves divergences to 1e-15.
  test('jensen-shannon', () => {
    for (const { table, expected } of tablesWith<number>('jensen-shannon')) {
      const divergence = jensenShannonDivergence(table.reference, table.current);
      expectClose(divergence, expected ** 2, 1e-9, 1e-15, table.name);
      expectClose(jensenShannonDistance(table.reference, table.current), Math.sqrt(divergence), 1e-12, 0, table.name);
    }
  });

  test('kullback-leibler', () => {
    for (const { table, expected } of tablesWith<number>('kullback-leibler')) {
      expectClose(kullbackLeiblerDivergence(table.reference, table.current), expected, 1e-9, 1e-15, table.name);
    }
  });
});

test('divergences of nearly equal shares keep their digits', () => {
  // With p = ½ and q = ½ + ε both are known as series: KL = 2ε², JS = ½ε²/ln 2 up to ε⁴.
  const reference = [5e8, 5e8];
  const current = [5e8 + 1, 5e8 - 1];
  expectClose(kullbackLeiblerDivergence(reference, current), 2e-18, 1e-8);
  expectClose(jensenShannonDivergence(reference, current), 0.5e-18 / Math.LN2, 1e-8);
});

test('bounded distances are exactly 0 for equal shares and 1 for disjoint ones', () => {
  for (const distance of [
    totalVariation,
    hellingerDistance,
    jensenShannonDistance,
    correctedTotalVariation,
    jensenShannonDivergence,
  ]) {
    expect(distance([1, 1, 1], [7, 7, 7]), distance.name).toBe(0);
    expect(distance([1, 1, 1, 0, 0], [0, 0, 0, 3, 7]), distance.name).toBe(1);
  }
});

test('the corrected total variation is 0 where sampling explains the difference, and TV for many rows', () => {
  expect(correctedTotalVariation([10, 12, 8], [9, 11, 10])).toBe(0);
  const [reference, current] = [
    [6e6, 4e6],
    [4e6, 6e6],
  ];
  expectClose(correctedTotalVariation(reference!, current!), 0.2, 1e-5);
  // E₀ = ½ · 2 · √(2/π · ¼ · (1/50 + 1/50)) for two cells with the pooled share ½.
  expectClose(correctedTotalVariation([30, 20], [20, 30]), Math.sqrt(0.04 - (2 / Math.PI) * 0.01), 1e-12);
});
