import type { Report } from '../../src/report/schema.ts';

/** A report without signals, of the hour that ends at `to`. */
export function aReport(to: string, changes: Partial<Report> = {}): Report {
  const end = Date.parse(to);
  return {
    format: 1,
    status: 'no-drift',
    driftDetected: false,
    driftScore: 0,
    rows: 112,
    model: { name: 'churn', version: 'v1' },
    baseline: { id: '0123456789abcdef', rows: 1000 },
    window: { from: new Date(end - 3_600_000).toISOString(), to: new Date(end).toISOString(), hours: 1 },
    features: [],
    outputs: [],
    embeddings: [],
    findings: [],
    alerts: [],
    inputs: { files: 1, rows: 112, bytes: 1000, skipped: [] },
    settings: {
      analysisWindowHours: 1,
      minSamples: 100,
      psiThreshold: 0.2,
      ksThreshold: 0.2,
      scoreCriticalThreshold: 0.5,
      falseAlarmRate: 0.01,
      policy: 'calibrated',
    },
    run: {
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 1,
      version: '0.0.0',
      baselineCreatedAt: '2026-01-01T00:00:00.000Z',
      hoursKept: 0,
      hoursUpdated: 1,
      filesRead: 1,
      bytesFetched: 0,
    },
    ...changes,
  };
}

/** A categorical feature with a verdict. */
export function aFeature(name: string, verdict: Report['features'][number]['verdict']): Report['features'][number] {
  const interval = { value: 0.3, lower: 0.2, upper: 0.4 };
  return {
    name,
    type: 'categorical',
    verdict,
    reasons: ['PSI 0.3 (drift from 0.2)'],
    rows: { baseline: 1000, window: 112 },
    psi: interval,
    chiSquare: { statistic: 20, pValue: 1e-5, adjustedPValue: 1e-4 },
    shareChange: interval,
    measures: {
      jensenShannonDistance: 0.2,
      jensenShannonDivergence: 0.04,
      kullbackLeibler: 0.1,
      hellinger: 0.2,
      totalVariation: 0.3,
      lInfinity: 0.3,
    },
    missing: { baseline: 0, window: 0 },
    histogram: { values: ['a'], baseline: [1000], window: [112], other: { baseline: 0, window: 0 } },
  };
}

export function anAlert(id: string, severity: 'CRITICAL' | 'WARNING' = 'WARNING'): Report['alerts'][number] {
  return { id, rule: 'signal-drift', signal: 'x', severity, title: 'feature x drifted', reasons: ['PSI 0.3'] };
}
