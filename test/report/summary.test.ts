import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { details } from '../../src/commands/report-details.ts';
import { summary } from '../../src/report/summary.ts';
import { aFeature, anAlert, aReport } from './a-report.ts';

test('the summary has exactly the shape that scripts know', () => {
  const drifted = ['url_count', 'word_count', 'uppercase_ratio', 'hour_of_day'].map((name) => aFeature(name, 'drift'));
  const report = aReport('2025-12-25T00:00:00Z', {
    status: 'drift',
    driftDetected: true,
    driftScore: 0.85,
    features: [aFeature('calm', 'none'), ...drifted, aFeature('nearly', 'minor')],
    alerts: [anAlert('a'.repeat(16), 'CRITICAL'), anAlert('b'.repeat(16)), anAlert('c'.repeat(16))],
  });
  expect(summary(report)).toBe(
    `============================================================
DRIFT DETECTION SUMMARY
============================================================
Model: churn v1
Samples analyzed: 112

Overall drift detected: YES
Drift score: 85.0%
Features drifted: 4/6

Drifted features: url_count, word_count, uppercase_ratio...
Alerts: 3 (1 CRITICAL, 2 WARNING)
============================================================`,
  );
});

test('without drift nothing is named', () => {
  const text = summary(aReport('2025-12-25T00:00:00Z', { features: [aFeature('nearly', 'minor')] }));
  expect(text).toContain('Overall drift detected: NO\nDrift score: 0.0%\nFeatures drifted: 0/1\n');
  expect(text).toContain('\nDrifted features: none\nAlerts: 0 (0 CRITICAL, 0 WARNING)\n');
});

test('three drifted features are named without dots, and hostile names harmlessly', () => {
  const names = ['', '\u001b[31mred\nline', '__proto__'];
  const features = names.map((name) => aFeature(name, 'drift'));
  const text = summary(aReport('2025-12-25T00:00:00Z', { features }));
  expect(text).toContain("Drifted features: '', \\u{1b}[31mred\\u{a}line, __proto__\nAlerts");
});

test('what a forged report says of its model and baseline is shown, and not obeyed', () => {
  const model = { name: 'x\u001b[31m', version: '\u202e' };
  const baseline = { id: '\u001b]0;title\u0007', rows: 1 };
  const report = aReport('2025-12-25T00:00:00Z', { model, baseline });
  const io = { env: {}, cwd: '/', stdout: new PassThrough(), stderr: new PassThrough(), now: () => 0 };
  for (const text of [summary(report), details(io, report, '\u001b[2J')]) expect(text).not.toMatch(/[\p{C}--\n]/v);
});
