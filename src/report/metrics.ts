import { Gauge, Registry } from 'prom-client';
import { SEVERITIES } from '../alerting/schema.ts';
import type { Report } from './schema.ts';
import { signalsByImportance } from './signals.ts';

const VERDICTS = ['none', 'minor', 'drift', 'insufficient-data'] as const;

/**
 * Prometheus metrics of a run, in text format. Names and base units by https://prometheus.io/docs/practices/naming. At most
 * `maxFeatures` features, outputs and embeddings have series of their own: those that moved most.
 */
export async function metricsText(report: Report, maxFeatures: number, now: number): Promise<string> {
  const registry = new Registry();
  registerReports(registry, [{ report, storedAt: now }], maxFeatures);
  return await registry.metrics();
}

export interface StoredRun {
  readonly report: Report;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

/** The same of several runs, of different model versions. */
export function registerReports(registry: Registry, runs: readonly StoredRun[], maxFeatures: number): void {
  const gauge = (name: string, help: string, label?: string) => {
    const labelNames = [...(label === undefined ? [] : [label]), 'model', 'version'];
    return new Gauge({ name: `drift_monitor_${name}`, help, labelNames, registers: [registry] });
  };
  // Without a verdict there are none: a 0 would end the alerts of who watches them.
  const judged = runs.filter(({ report: { status } }) => status === 'drift' || status === 'no-drift');
  if (judged.length > 0) {
    const score = gauge('drift_score_ratio', 'Share of the traffic that the baseline cannot account for.');
    const detected = gauge('drift_detected', '1 where at least one signal has drifted.');
    for (const { report } of judged) {
      score.set(modelOf(report), report.driftScore);
      detected.set(modelOf(report), report.driftDetected ? 1 : 0);
    }
  }
  const rows = gauge('window_rows', 'Rows of the model in the window.');
  const skipped = gauge('skipped_files', 'Log files of the window that could not be read.');
  const duration = gauge('run_duration_seconds', 'How long the run had read and judged.');
  const windowEnd = gauge('window_end_timestamp_seconds', 'End of the window.');
  const success = gauge('last_success_timestamp_seconds', 'When the report of the run that wrote this was stored.');
  const alerts = gauge('open_alerts', 'Alerts that are open.', 'severity');
  const verdicts = gauge('signals', 'Features, outputs and embeddings, by verdict.', 'verdict');
  const psi = gauge('feature_psi', 'Population stability index, by feature, output or embedding.', 'feature');
  const distance = gauge(
    'feature_distance_ratio',
    'Kolmogorov-Smirnov distance, for categories the largest change of one share.',
    'feature',
  );

  for (const { report, storedAt } of runs) {
    const { run } = report;
    const model = modelOf(report);
    rows.set(model, report.rows);
    skipped.set(model, report.inputs.skipped.length);
    duration.set(model, run.durationMs / 1000);
    windowEnd.set(model, Date.parse(report.window.to) / 1000);
    success.set(model, storedAt / 1000);
    for (const severity of SEVERITIES) {
      const open = (run.alerts ?? []).filter((alert) => alert.state === 'open' && alert.severity === severity);
      alerts.set({ severity: severity.toLowerCase(), ...model }, open.length);
    }
    const signals = signalsByImportance(report);
    for (const verdict of VERDICTS) {
      verdicts.set({ verdict, ...model }, signals.filter((signal) => signal.verdict === verdict).length);
    }
    for (const measured of signals.slice(0, maxFeatures)) {
      const labels = { feature: measured.name, ...model };
      if (measured.psi.value !== null) psi.set(labels, measured.psi.value);
      if (measured.distance.value !== null) distance.set(labels, measured.distance.value);
    }
  }
}

function modelOf({ model }: Report) {
  return { model: model.name, version: model.version };
}
