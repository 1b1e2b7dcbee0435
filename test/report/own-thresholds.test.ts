import { expect, test } from 'vitest';
import { diffReports } from '../../src/report/diff.ts';
import { renderReport } from '../../src/report/html/render.ts';
import type { Report } from '../../src/report/schema.ts';
import { byImportance, signalsOf } from '../../src/report/signals.ts';
import { aFeature, aReport } from './a-report.ts';

const NOON = '2025-12-24T12:00:00.000Z';
const own = { ...aFeature('age', 'drift'), thresholds: { psi: 0.05, distance: 0.06 } };
const report = aReport(NOON, { status: 'drift', features: [aFeature('plan', 'drift'), own] });
const points = [1, 0].map((hours) => ({ at: Date.parse(NOON) - hours * 3_600_000, value: 0.3 }));

test('a column with thresholds of its own is sorted and drawn by them, and the page names them', () => {
  expect(
    signalsOf(report)
      .sort(byImportance(report))
      .map(({ name }) => name),
  ).toEqual(['age', 'plan']);
  const psi = new Map(['age', 'plan'].map((name) => [name, points]));
  const page = renderReport(report, { history: { driftScore: [], psi, since: new Map() } });
  expect([...page.matchAll(/dashed: ([\d.]+)/g)].map(([, limit]) => limit)).toEqual(['0.05', '0.2']);
  expect(page).toContain('<div><bdi>age</bdi>: PSI 0.05, distance 0.06</div>');
});

test('a comparison says that thresholds of single columns are others', () => {
  const before: Report = { ...report, features: [aFeature('plan', 'drift'), aFeature('age', 'none')] };
  expect(diffReports(before, report).notes).toEqual(['1 signal was judged by other thresholds']);
  expect(diffReports(report, report).notes).toEqual([]);
});
