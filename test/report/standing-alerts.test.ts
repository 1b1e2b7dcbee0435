import { expect, test } from 'vitest';
import { historyLine } from '../../src/report/history-line.ts';
import { renderReport } from '../../src/report/html/render.ts';
import type { Report } from '../../src/report/schema.ts';
import { alertCounts } from '../../src/report/standing-alerts.ts';
import { summary } from '../../src/report/summary.ts';
import { anAlert, aReport } from './a-report.ts';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16)) as [string, string, string, string];
const since = '2025-12-24T08:00:00.000Z';
const common = { since, change: null, signal: 'rows' };

function withAlerts(alerts: NonNullable<Report['run']['alerts']>): Report {
  const report = aReport('2025-12-24T12:00:00Z', { status: 'no-data', rows: 0, alerts: [anAlert(A)] });
  return { ...report, run: { ...report.run, alerts } };
}

const report = withAlerts([
  { ...common, id: A, severity: 'WARNING', state: 'open', rule: 'signal-drift', title: 'feature x drifted' },
  { ...common, id: B, severity: 'CRITICAL', state: 'open', rule: 'no-data', title: 'No data of churn v1' },
  { ...common, id: C, severity: 'WARNING', state: 'open', rule: 'missing-column', title: 'column age is missing' },
  { ...common, id: D, severity: 'CRITICAL', state: 'resolved', rule: 'latency', title: 'Latency is 900 ms' },
]);

test('alerts are counted in one way, whoever tells of them: those that ended are not, those that no window shows are', () => {
  expect(alertCounts(report)).toEqual({ all: 3, critical: 1, warning: 2, info: 0 });
  expect(summary(report)).toContain('Alerts: 3 (1 CRITICAL, 2 WARNING)');
  expect(historyLine(report).alerts).toEqual({ critical: 1, warning: 2 });
  const mild = withAlerts([{ ...common, id: B, severity: 'INFO', state: 'open', rule: 'no-data', title: 'No data' }]);
  expect(historyLine(mild).alerts).toEqual({ critical: 0, warning: 1, info: 1 });
});

test('the page says of every alert what it is, whether this window shows it, and what ended', () => {
  const rows = renderReport(report).match(/<tr><td><span class="tag .*?<\/tr>/gs) ?? [];
  const texts = rows.map((row) =>
    row
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/ +/g, ' ')
      .trim(),
  );
  expect(texts).toEqual([
    `CRITICAL No data of churn v1 ${B} open, since 2025-12-24 08:00`,
    `WARNING feature x drifted ${A} open, since 2025-12-24 08:00`,
    `WARNING column age is missing ${C} open, since 2025-12-24 08:00; not in this window: it ends when runs go on without it`,
    `CRITICAL Latency is 900 ms ${D} resolved by this run; it began 2025-12-24 08:00`,
  ]);
});

test('of an older report, which has no titles of such alerts, it says so', () => {
  const old = withAlerts([{ id: B, severity: 'CRITICAL', state: 'open', since, change: null }]);
  expect(renderReport(old)).toContain('An alert whose title this report does not hold');
});
