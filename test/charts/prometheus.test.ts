/** The real Prometheus and Pushgateway (Debian: prometheus, prometheus-pushgateway), where they are on the PATH. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { readChartFile } from '../../charts/generate.ts';
import { publishMetrics } from '../../src/report/publish-metrics.ts';
import type { Report } from '../../src/report/schema.ts';
import { freePort } from '../free-port.ts';
import { aFeature, aReport } from '../report/a-report.ts';
import { at, HELM, only, render } from './helm.ts';
import { kubeStateMetrics } from './kube-state-metrics.ts';
import { MINIMAL } from './values.ts';

const PROGRAMS = ['prometheus', 'prometheus-pushgateway'];
const missing = PROGRAMS.filter((program) => spawnSync(program, ['--version']).error !== undefined);
const why = missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')} on the PATH)`;

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat?: string; readonly instant?: boolean }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

/** As the chart's template fills it in. */
function dashboard(name: string): Dashboard {
  const text = readChartFile(`dashboards/${name}.json`);
  return JSON.parse(text.replaceAll('RELEASE_NAMESPACE', 'team').replaceAll('RELEASE_CRONJOB', 'r-drift-monitor'));
}

/** The rules about runs are templates of Helm; without it there are those about models. */
function ruleGroups(): { readonly rules: readonly Rule[] }[] {
  if (HELM === undefined) return parse(readChartFile('rules/models.yaml'));
  const manifests = render({ ...MINIMAL, prometheusRule: { enabled: true, models: true } });
  return at(only(manifests, 'PrometheusRule'), 'spec', 'groups') as { readonly rules: readonly Rule[] }[];
}

/** What Grafana does with variables when all models are chosen. */
function filledIn(expr: string): string {
  return expr.replaceAll('$model', '.*').replaceAll('$version', '.*').replaceAll('$__range', '1h');
}

const HOUR_MS = 3_600_000;

function reports(now: number): Report[] {
  const alert = { id: 'a'.repeat(16), state: 'open', since: new Date(now).toISOString(), change: 'opened' } as const;
  const report = aReport(new Date(now).toISOString(), {
    status: 'drift',
    driftDetected: true,
    driftScore: 0.31,
    features: [aFeature('age', 'drift'), aFeature('plan', 'minor'), aFeature('a "b"\n{c}', 'none')],
  });
  report.inputs.skipped.push({ key: 'x.parquet', cause: 'torn' });
  const alerts = [
    { ...alert, severity: 'CRITICAL' as const },
    { ...alert, severity: 'WARNING' as const },
  ];
  const other = aReport(new Date(now).toISOString(), { model: { name: 'fraud', version: 'v2' } });
  return [{ ...report, run: { ...report.run, alerts } }, other];
}

describe.skipIf(missing.length > 0)(`a real Prometheus${why}`, { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'drift-prometheus-'));
  const programs: ChildProcess[] = [];
  let kube: Server;
  let url: string;

  beforeAll(async () => {
    kube = createServer((_, response) => response.end(kubeStateMetrics(Date.now() / 1000))).listen(0, '127.0.0.1');
    await once(kube, 'listening');
    const address = kube.address();
    const kubePort = typeof address === 'object' ? address?.port : undefined;
    const [gatewayPort, port] = [await freePort(), await freePort()];
    const target = (name: string, targetPort: number | undefined) => ({
      job_name: name,
      honor_labels: true,
      static_configs: [{ targets: [`127.0.0.1:${targetPort}`] }],
    });
    const configuration = {
      global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
      rule_files: [join(folder, 'rules.yaml')],
      scrape_configs: [target('pushgateway', gatewayPort), target('kube-state-metrics', kubePort)],
    };
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: ruleGroups() }));
    writeFileSync(join(folder, 'prometheus.yaml'), stringify(configuration));
    const gateway = [`--web.listen-address=127.0.0.1:${gatewayPort}`];
    const prometheus = [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    programs.push(spawn('prometheus-pushgateway', gateway, { stdio: 'ignore', cwd: folder }));
    programs.push(spawn('prometheus', prometheus, { stdio: 'ignore', cwd: folder }));
    url = `http://127.0.0.1:${port}`;
    const isUp = async (probe: string) => (await fetch(probe).catch(() => undefined))?.ok === true;
    const pushgatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    await vi.waitUntil(() => isUp(`${pushgatewayUrl}/-/ready`), { timeout: 20_000, interval: 100 });
    const now = Date.now();
    for (const report of reports(now)) {
      const published = report.model.name === 'churn' ? now - 4 * HOUR_MS : now;
      const context = { cwd: '/', env: {}, now: () => published };
      expect(await publishMetrics(report, { pushgatewayUrl, maxFeatures: 50 }, context)).toEqual([]);
    }
    await vi.waitUntil(() => isUp(`${url}/-/ready`), { timeout: 20_000, interval: 100 });
  });

  afterAll(async () => {
    await Promise.all(
      programs.map(async (program) => {
        program.kill('SIGKILL');
        await once(program, 'exit');
      }),
    );
    kube.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Series {
    readonly metric: Readonly<Record<string, string>>;
  }

  async function series(expr: string, isInstant: boolean): Promise<Series[]> {
    const now = Date.now() / 1000;
    const span = isInstant ? `time=${now}` : `start=${now - 20}&end=${now}&step=1`;
    const path = isInstant ? 'query' : 'query_range';
    return at(await ask(`${path}?query=${encodeURIComponent(expr)}&${span}`), 'result') as Series[];
  }

  async function ask(path: string): Promise<unknown> {
    const answer: unknown = await (await fetch(`${url}/api/v1/${path}`)).json();
    if (at(answer, 'status') !== 'success') throw new Error(`${path}: ${at(answer, 'error')}`);
    return at(answer, 'data');
  }

  const hasData = async (expr: string, isInstant: boolean) =>
    await expect
      .poll(async () => (await series(expr, isInstant)).length, { timeout: 15_000, message: expr })
      .toBeGreaterThan(0);

  test.each(
    ['models', 'runs'].flatMap((board) => dashboard(board).panels.map((panel) => [board, panel.title, panel] as const)),
  )(
    'answers each query of the dashboard of the %s, %s, and its legend names labels that are there',
    async (_, __, panel) => {
      for (const { expr, legendFormat = '', instant: isInstant = false } of panel.targets) {
        await hasData(filledIn(expr), isInstant);
        const [first] = await series(filledIn(expr), isInstant);
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          expect(first?.metric).toHaveProperty(label);
      }
    },
  );

  test('has the values that the variables of the dashboard choose among', async () => {
    await hasData('drift_monitor_window_rows', true);
    const found: Record<string, unknown> = {};
    for (const { name, query } of dashboard('models').templating.list) {
      const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(String(at(query, 'query'))) ?? [];
      if (label === '') continue;
      found[name] = await ask(`label/${label}/values?match[]=${encodeURIComponent(filledIn(selector))}`);
    }
    expect(found).toEqual({ model: ['churn', 'fraud'], version: ['v1', 'v2'] });
  });

  test.each(ruleGroups().flatMap(({ rules }) => rules.map((rule) => [rule.alert ?? rule.record ?? '', rule] as const)))(
    'evaluates the rule %s, which holds for what it is about',
    async (name, { record, expr, for: wait }) => {
      await hasData(record ?? expr, true);
      // Prometheus takes the time for it: those that need none fire.
      if (record === undefined && wait === undefined)
        await hasData(`ALERTS{alertname="${name}",alertstate="firing"}`, true);
    },
  );

  test('a model that is well fires nothing', async () => {
    await hasData('ALERTS{model="churn"}', true);
    await hasData('drift_monitor_window_rows{model="fraud"}', true);
    expect(await series('ALERTS{model="fraud"}', true)).toEqual([]);
  });
});
