/** The real Pushgateway and promtool (Debian: prometheus-pushgateway, prometheus), where they are on the PATH. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { metricsText } from '../../src/report/metrics.ts';
import { publishMetrics } from '../../src/report/publish-metrics.ts';
import { freePort } from '../free-port.ts';
import { aFeature, aReport } from './a-report.ts';

const GATEWAY = 'prometheus-pushgateway';
const PROMTOOL = 'promtool';
const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
const without = (program: string) => (has(program) ? '' : ` (skipped: no ${program} on the PATH)`);

const REPORT = aReport('2025-12-24T12:00:00Z', { driftScore: 0.31, features: [aFeature('a "b"\n{c}', 'drift')] });

describe.skipIf(!has(GATEWAY))(`a real Pushgateway${without(GATEWAY)}`, () => {
  let gateway: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = spawn(GATEWAY, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  });
  afterAll(async () => {
    gateway.kill();
    await once(gateway, 'exit');
  });

  test('takes the metrics of a run, and those of the next run in their place', async () => {
    await expect.poll(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status).toBe(200);
    const settings = { pushgatewayUrl: url, maxFeatures: 50 };
    expect(await publishMetrics(REPORT, settings, { cwd: '/', env: {}, now: () => 0 })).toEqual([]);
    const scraped = await (await fetch(`${url}/metrics`)).text();
    expect(scraped).toContain(
      'drift_monitor_drift_score_ratio{instance="",job="drift-monitor",model="churn",version="v1"} 0.31',
    );
    expect(scraped).toContain('feature="a \\"b\\"\\n{c}"');
    await publishMetrics(aReport('2025-12-24T13:00:00Z'), settings, { cwd: '/', env: {}, now: () => 0 });
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('drift_monitor_feature_psi{');
  });
});

describe.skipIf(!has(PROMTOOL))(`promtool${without(PROMTOOL)}`, () => {
  test('finds nothing to say of names, units and help texts', async () => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: await metricsText(REPORT, 50, 0),
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('accepts the example of a PrometheusRule, whose series are all published', async () => {
    const example = readFileSync(new URL('../../examples/prometheus/prometheus-rule.yaml', import.meta.url), 'utf8');
    const { spec } = parse(example);
    const folder = mkdtempSync(join(tmpdir(), 'drift-rules-'));
    try {
      const file = join(folder, 'rules.yaml');
      writeFileSync(file, stringify(spec));
      const { status, stdout } = spawnSync(PROMTOOL, ['check', 'rules', file], { encoding: 'utf8' });
      expect(stdout).toContain('SUCCESS: 7 rules found');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const published = await metricsText(REPORT, 50, 0);
    for (const [name] of example.matchAll(/(?<![:\w])drift_monitor_\w+/g))
      expect(published).toContain(`# TYPE ${name} `);
  });
});
