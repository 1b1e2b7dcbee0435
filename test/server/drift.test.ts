import { expect, test } from 'vitest';
import { appendHistory } from '../../src/history/store.ts';
import { historyLine } from '../../src/report/history-line.ts';
import { recordOverview } from '../../src/report/record-history.ts';
import type { Report } from '../../src/report/schema.ts';
import { saveReport } from '../../src/report/store.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { aFeature, aReport } from '../report/a-report.ts';
import { type RunningServer, startServer } from './start-server.ts';

const CONFIG = 'models:\n  - { name: churn, version: v1 }\n  - { name: fraud, version: v2 }\n';
const HOSTILE = '<script>alert(1)</script>\u202e';

/** The end of the last hour: what is stored is of now. */
function now(): number {
  return Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
}

function anEmbedding(baseline: number[], window: number[]): Report['embeddings'][number] {
  const interval = { value: 0.4, lower: 0.3, upper: 0.5 };
  const ks = { statistic: 0.3, pValue: 1e-9, adjustedPValue: 1e-8, lower: 0.2, upper: 0.4 };
  const histogram = { edges: [0, 0.5, 1], baseline, window };
  return {
    name: 'mail',
    verdict: 'drift',
    reasons: ['PSI 0.4'],
    rows: { baseline: 1000, window: 1000 },
    dimension: 16,
    measures: {
      centroidCosineDistance: 0.2,
      adjustedPValue: 1e-8,
      cosineToCentroid: { psi: interval, ks, histogram },
      norm: null,
    },
  };
}

async function withReports(...reports: Report[]): Promise<RunningServer> {
  const server = await startServer({ configFile: CONFIG });
  for (const report of reports) {
    await saveReport(server.store, report);
    await appendHistory(server.store, report.model.name, historyLine(report));
    await recordOverview(server.store, [report], Date.now());
  }
  return server;
}

function reportOf(hoursAgo: number, changes: Partial<Report> = {}): Report {
  return aReport(new Date(now() - hoursAgo * HOUR_MS).toISOString(), changes);
}

test('the status of a model has its embeddings with divergence, interval and verdict', async () => {
  const embeddings = [anEmbedding([500, 500], [900, 100])];
  const features = [aFeature('age', 'drift'), aFeature('plan', 'none')];
  const report = reportOf(0, { status: 'drift', driftDetected: true, driftScore: 0.3, features, embeddings });
  const server = await withReports(report);
  try {
    const status = (await server.ask('/drift/status/churn')).json();
    // ln 2 − entropy of (0.9, 0.1)
    expect(status.kl_divergence).toBeCloseTo(0.368, 2);
    expect(status).toMatchObject({
      model_name: 'churn',
      model_version: 'v1',
      drift_detected: true,
      drifted: ['age', 'mail'],
      embeddings: [{ name: 'mail', drift_detected: true, kl_divergence: status.kl_divergence }],
    });
    const { lower, upper } = status.confidence_interval as { lower: number; upper: number };
    expect(lower).toBeLessThan(0.368);
    expect(upper).toBeGreaterThan(0.368);
    expect((await server.ask(String(status.report))).json()).toMatchObject({ driftScore: 0.3 });
  } finally {
    await server.close();
  }
});

test('a model without a report is 404 with what makes one, and the summary says so beside the others', async () => {
  const server = await withReports(reportOf(0));
  try {
    const none = await server.ask('/drift/status/fraud');
    expect([none.status, none.json()]).toEqual([
      404,
      expect.objectContaining({ detail: expect.stringMatching(/POST \/drift\/check/) }),
    ]);
    expect((await server.ask('/drift/status/churn?version=v9')).status).toBe(404);
    const { models } = (await server.ask('/drift/summary')).json<{ models: unknown[] }>();
    expect(models).toMatchObject([
      { model_name: 'churn', status: 'no-drift' },
      { model_name: 'fraud', status: 'no-report' },
    ]);
  } finally {
    await server.close();
  }
});

test('a report that cannot be read hides no other', async () => {
  const server = await withReports(reportOf(0));
  try {
    await server.store.put('drift-reports/fraud/latest.json', Buffer.from('{"format":99}'));
    const { models } = (await server.ask('/drift/summary')).json<{ models: unknown[] }>();
    expect(models).toMatchObject([{ status: 'no-drift' }, { status: 'unreadable' }]);
    expect((await server.ask('/metrics')).status).toBe(200);
  } finally {
    await server.close();
  }
});

test('metrics over days have a point for each run, of these days and this model only', async () => {
  const server = await withReports(
    reportOf(3),
    reportOf(2),
    reportOf(1, { driftScore: 0.4, status: 'drift' }),
    reportOf(24 * 40),
  );
  try {
    const { models } = (await server.ask('/drift/metrics?days=30')).json<{ models: { points: unknown[] }[] }>();
    expect(models).toMatchObject([{ model_name: 'churn', model_version: 'v1' }]);
    expect(models[0]?.points).toHaveLength(3);
    expect(models[0]?.points.at(-1)).toMatchObject({ drift_score: 0.4, status: 'drift' });
    expect((await server.ask('/drift/metrics?model=fraud')).json()).toMatchObject({ models: [] });
    for (const query of ['days=0', 'days=367', 'days=1e2', 'days=', 'days=1&days=2', 'day=3', 'model=../x']) {
      expect([query, (await server.ask(`/drift/metrics?${query}`)).status]).toEqual([query, 400]);
    }
  } finally {
    await server.close();
  }
});

test('Prometheus is given the same names as runs publish, of all models, and what the server does', async () => {
  const server = await withReports(
    reportOf(0, { features: [aFeature(HOSTILE, 'drift')] }),
    reportOf(0, { model: { name: 'fraud', version: 'v2' } }),
  );
  try {
    const { text, headers } = await server.ask('/metrics');
    expect(headers['content-type']).toContain('version=0.0.4');
    expect(text).toContain('drift_monitor_window_rows{model="churn",version="v1"} 112');
    expect(text).toContain('drift_monitor_window_rows{model="fraud",version="v2"} 112');
    expect(text.match(/# TYPE drift_monitor_window_rows gauge/g)).toHaveLength(1);
    expect(text).toContain('drift_monitor_logged_rows_total 0');
    expect((await server.ask('/metrics')).text).toMatch(
      /drift_monitor_http_requests_total\{method="GET",path="\/metrics",status="200"\} 1/,
    );
  } finally {
    await server.close();
  }
});

test('reports are sent as they are stored, with an ETag by which they are sent once', async () => {
  const server = await withReports(reportOf(0));
  try {
    const { report } = (await server.ask('/drift/status/churn')).json<{ report: string }>();
    for (const path of ['/reports/churn/latest.json', report]) {
      const answer = await server.ask(path);
      expect(answer.headers['content-type']).toContain('application/json');
      const key = path.replace('/reports/', 'drift-reports/');
      expect(answer.text).toBe(Buffer.from((await server.store.get(key)).bytes).toString('utf8'));
      const { etag = '' } = answer.headers;
      const again = await server.ask(path, { headers: { 'if-none-match': etag } });
      expect([again.status, again.text]).toEqual([304, '']);
    }
  } finally {
    await server.close();
  }
});

test('a large report arrives whole, part by part', async () => {
  const server = await startServer();
  try {
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, 'x');
    await server.store.put('drift-reports/churn/latest.html', bytes);
    const { text, headers } = await server.ask('/reports/churn/latest.html');
    expect(headers['content-length']).toBe(String(bytes.length));
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'/,
    );
    expect(text.length).toBe(bytes.length);
  } finally {
    await server.close();
  }
});

test.each([
  '/reports/../baselines/churn/v1/baseline.json',
  '/reports/%2e%2e/baselines/churn/v1/baseline.json',
  '/reports/..%2fbaselines/latest.json',
  '/reports/churn%2f..%2f..%2falerts/latest.json',
  '/reports/churn/v1/year=2025/month=12/day=24/..%2f..%2fsecret/report.json',
  '/reports/churn/v1/year=2025/month=12/day=24/hour=17/../../secret.json',
  '/reports/churn/history/2025-12-24.jsonl',
  '/reports/churn\\latest.json',
  '/reports/churn%00/latest.json',
  '/reports/.object-store/latest.json',
])('%s leads nowhere', async (path) => {
  const server = await startServer();
  try {
    await server.store.put('baselines/churn/v1/baseline.json', Buffer.from('planted'));
    await server.store.put('secret.json', Buffer.from('planted'));
    const { status, text } = await server.ask(path);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain('planted');
  } finally {
    await server.close();
  }
});

test('the pages lead from the models to a report and to the history, and show hostile names as text', async () => {
  const features = [aFeature(HOSTILE, 'drift')];
  const server = await withReports(
    reportOf(2, { features, status: 'drift' }),
    reportOf(1, { features, status: 'drift' }),
  );
  try {
    expect((await server.ask('/')).headers.location).toBe('/reports/');
    const list = await server.ask('/reports/');
    expect(list.headers['content-type']).toContain('text/html');
    const links = [...list.text.matchAll(/href="([^"#]+)"/g)].map(
      ([, href = '']) => new URL(href, `${server.url}/reports/`),
    );
    expect(links.map(({ pathname }) => pathname)).toContain('/models/churn');
    for (const { pathname } of links) {
      const { status, text, headers } = await server.ask(pathname);
      expect([pathname, status]).toEqual([pathname, 200]);
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(text).not.toContain('<script>alert');
    }
    const history = await server.ask('/models/churn?days=7');
    expect(history.text).toContain('&#60;script&#62;');
    expect(history.text).toContain('2 runs, 2 with drift');
    expect((await server.ask('/models/churn?version=none')).status).toBe(404);
    expect((await server.ask('/models/unknown')).status).toBe(404);
  } finally {
    await server.close();
  }
});

test('a path that is none is 404, and a method that a path does not have is 405 with those that it has', async () => {
  const server = await startServer();
  try {
    expect((await server.ask('/nothing')).status).toBe(404);
    expect((await server.ask('/%zz')).status).toBe(400);
    for (const method of ['DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'POST']) {
      const { status, headers } = await server.ask('/drift/summary', { method });
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, HEAD']);
    }
    expect((await server.ask('/health', { method: 'HEAD' })).status).toBe(200);
  } finally {
    await server.close();
  }
});
