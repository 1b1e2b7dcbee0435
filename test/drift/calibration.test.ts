import { describe, expect, it } from 'vitest';
import { calibrate } from '../benchmark/calibration.ts';

/** The quick size of the bench: too few reports to prove the bars, enough to notice when they are missed by far. */
describe('verdicts on whole reports of 50 columns', () => {
  const { falseAlarms, power, coverage, judgeMilliseconds } = calibrate({ quick: true });
  const sum = <T>(cells: readonly T[], of: (cell: T) => number) => cells.reduce((total, cell) => total + of(cell), 0);

  it('raise something in at most 1 % of reports without drift, and score above 0 in as many', () => {
    const reports = sum(falseAlarms, (cell) => cell.reports);
    expect(reports).toBe(600);
    expect(sum(falseAlarms, ({ alarms }) => alarms) / reports).toBeLessThanOrEqual(0.01);
    expect(sum(falseAlarms, ({ scored }) => scored) / reports).toBeLessThanOrEqual(0.01);
  });

  it.each(power)('find one column of 50 that moved: $kind by $sigmas σ in $windowRows rows', ({ found, reports }) => {
    expect(found / reports).toBeGreaterThanOrEqual(0.9);
  });

  it('carry 95 % intervals that cover the truth', () => {
    const runs = sum(coverage, (cell) => cell.runs);
    for (const covered of [sum(coverage, ({ psi }) => psi), sum(coverage, ({ distance }) => distance)]) {
      expect(covered / runs).toBeGreaterThan(0.93);
      expect(covered / runs).toBeLessThan(0.98);
    }
  });

  it('take well below 100 ms', () => {
    expect(judgeMilliseconds).toBeLessThan(100);
  });
});
