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
  const { model, run } = report;
  registry.setDefaultLabels({ model: model.name, version: model.version });
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `drift_monitor_${name}`, help, labelNames, registers: [registry] });

  // Without a verdict there are none: a 0 would end the alerts of who watches them.
  if (report.status === 'drift' || report.status === 'no-drift') {
    gauge('drift_score_ratio', 'Share of the traffic that the baseline cannot account for.').set(report.driftScore);
    gauge('drift_detected', '1 where at least one signal has drifted.').set(report.driftDetected ? 1 : 0);
  }
  gauge('window_rows', 'Rows of the model in the window.').set(report.rows);
  gauge('skipped_files', 'Log files of the window that could not be read.').set(report.inputs.skipped.length);
  gauge('run_duration_seconds', 'How long the run had read and judged.').set(run.durationMs / 1000);
  gauge('window_end_timestamp_seconds', 'End of the window.').set(Date.parse(report.window.to) / 1000);
  gauge('last_success_timestamp_seconds', 'When the report of the run that wrote this was stored.').set(now / 1000);

  const alerts = gauge('open_alerts', 'Alerts that are open.', ['severity']);
  for (const severity of SEVERITIES) {
    const open = (run.alerts ?? []).filter((alert) => alert.state === 'open' && alert.severity === severity);
    alerts.set({ severity: severity.toLowerCase() }, open.length);
  }

  const signals = signalsByImportance(report);
  const verdicts = gauge('signals', 'Features, outputs and embeddings, by verdict.', ['verdict']);
  for (const verdict of VERDICTS) {
    verdicts.set({ verdict }, signals.filter((signal) => signal.verdict === verdict).length);
  }

  const psi = gauge('feature_psi', 'Population stability index, by feature, output or embedding.', ['feature']);
  const distance = gauge(
    'feature_distance_ratio',
    'Kolmogorov-Smirnov distance, for categories the largest change of one share.',
    ['feature'],
  );
  for (const measured of signals.slice(0, maxFeatures)) {
    const labels = { feature: measured.name };
    if (measured.psi.value !== null) psi.set(labels, measured.psi.value);
    if (measured.distance.value !== null) distance.set(labels, measured.distance.value);
  }
  return await registry.metrics();
}
