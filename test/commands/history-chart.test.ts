import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { historyChart } from '../../src/commands/history-chart.ts';
import type { Io } from '../../src/commands/io.ts';
import { aLineOf, START } from '../history/a-line.ts';

const HOUR = 3_600_000;

function terminal(columns: number): Io {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
  return { env: { NO_COLOR: '1' }, cwd: '/', stdout, stderr: new PassThrough(), now: () => START };
}

const signals = [
  ['age', 0.41],
  ['a_name_that_is_longer_than_any_terminal_is_wide', 0.15],
  ['plan', 0.02],
] as const;
const chart = {
  lines: [
    aLineOf(0, [...signals].reverse()),
    ...Array.from({ length: 47 }, (_, hour) => aLineOf(hour + 1, signals, 1, 1)),
  ],
  features: signals.map(([name]) => name),
  from: START,
  to: START + 48 * HOUR,
  settings: { psiThreshold: 0.2, scoreCriticalThreshold: 0.5 },
};

test('drift and minor are told apart in words', () => {
  const drawn = historyChart(terminal(120), chart);
  expect(drawn).toMatch(/^age .* 0\.41 +0\.41 +drift since 2025-12-24 01h$/m);
  expect(drawn).toMatch(/^a_name.* 0\.15 +0\.15 +minor since 2025-12-24 01h$/m);
  expect(drawn).toMatch(/^plan .* 0\.02 +0\.02$/m);
});

test.each([20, 40, 80, 90, 120])('in a terminal of %i columns no line is longer, and nothing is lost', (columns) => {
  const drawn = historyChart(terminal(columns), chart);
  expect(Math.max(...drawn.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(Math.max(columns, 26));
  for (const told of ['2025-12-24', 'drift score', '█', '0.41', 'drift since 2025-12-24 01h'])
    expect(drawn).toContain(told);
});
