import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricsText } from '../../src/report/metrics.ts';
import { publishMetrics } from '../../src/report/publish-metrics.ts';
import { startFailingServer } from '../alerting/failing-server.ts';
import { aFeature, aReport } from './a-report.ts';

const NOW = Date.parse('2025-12-24T12:05:00Z');
const now = () => NOW;
const REPORT = aReport('2025-12-24T12:00:00Z', {
  driftScore: 0.31,
  features: [aFeature('age', 'drift'), aFeature('a "quoted"\nname', 'none')],
});

test('names and units are those of Prometheus, and names from logs are escaped', async () => {
  const text = await metricsText(REPORT, 50, NOW);
  expect(text).toContain('# TYPE drift_monitor_drift_score_ratio gauge');
  expect(text).toContain('drift_monitor_drift_score_ratio{model="churn",version="v1"} 0.31');
  expect(text).toContain('drift_monitor_window_rows{model="churn",version="v1"} 112');
  expect(text).toContain('drift_monitor_run_duration_seconds{model="churn",version="v1"} 0.001');
  expect(text).toMatch(/drift_monitor_feature_psi\{feature="age",model="churn",version="v1"\} 0\.3/);
  expect(text).toContain('feature="a \\"quoted\\"\\nname"');
  expect(text).toContain('drift_monitor_open_alerts{severity="critical",model="churn",version="v1"} 0');
});

test('without a verdict there is no score: a 0 would end an alert that watches it', async () => {
  for (const status of ['no-data', 'insufficient-data'] as const) {
    const text = await metricsText(aReport('2025-12-24T12:00:00Z', { status }), 50, NOW);
    expect(text).not.toMatch(/drift_score_ratio|drift_detected/);
    expect(text).toContain('drift_monitor_window_rows');
  }
});

test('no more features have series than the settings allow, whatever the report has', async () => {
  const features = Array.from({ length: 500 }, (_, index) => aFeature(`feature ${index}`, 'drift'));
  const text = await metricsText(aReport('2025-12-24T12:00:00Z', { features }), 50, NOW);
  expect(text.match(/^drift_monitor_feature_psi\{/gm)).toHaveLength(50);
});

test('a text file is replaced whole, one for each model version', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'drift-metrics-'));
  try {
    const settings = { textfileDirectory: 'metrics', maxFeatures: 50 };
    expect(await publishMetrics(REPORT, settings, { cwd, env: {}, now })).toEqual([]);
    expect(await publishMetrics(REPORT, settings, { cwd, env: {}, now })).toEqual([]);
    expect(await readdir(join(cwd, 'metrics'))).toEqual(['drift-monitor-churn+v1.prom']);
    expect(await readFile(join(cwd, 'metrics/drift-monitor-churn+v1.prom'), 'utf8')).toContain(
      'drift_monitor_window_rows',
    );
  } finally {
    await rm(cwd, { recursive: true });
  }
});

test('a Pushgateway is given the group of the model version, and a failing one is a sentence without secrets', async () => {
  const server = await startFailingServer();
  try {
    const env = { GATEWAY: `${server.url}/planted-secret` };
    const settings = { pushgatewayUrl: `\${${'GATEWAY'}}`, maxFeatures: 50 };
    expect(await publishMetrics(REPORT, settings, { cwd: '/', env, now })).toEqual([]);
    expect(server.requests[0]).toMatchObject({
      method: 'PUT',
      path: '/planted-secret/metrics/job/drift-monitor/model/churn/version/v1',
    });
    server.behaviour = '500';
    const [problem, ...others] = await publishMetrics(REPORT, settings, { cwd: '/', env, now });
    expect(problem).toMatch(/metrics were not pushed: 127\.0\.0\.1:\d+ answered 500/);
    expect(others).toEqual([]);
    const missing = await publishMetrics(REPORT, settings, { cwd: '/', env: {}, now });
    expect(missing).toEqual([`metrics were not pushed: \${${'GATEWAY'}} is not set`]);
  } finally {
    await server.close();
  }
});
