import { printable } from './printable.ts';
import type { Report } from './schema.ts';

const RULE = '='.repeat(60);
const NAMED_FEATURES = 3;

/** The summary that people and scripts know by its shape; it must not change. */
export function summary(report: Report): string {
  const drifted = report.features.filter(({ verdict }) => verdict === 'drift').map(({ name }) => printable(name));
  const named = drifted.slice(0, NAMED_FEATURES).join(', ');
  const count = (severity: string) => report.alerts.filter((alert) => alert.severity === severity).length;
  return [
    RULE,
    'DRIFT DETECTION SUMMARY',
    RULE,
    `Model: ${report.model.name} ${report.model.version}`,
    `Samples analyzed: ${report.rows}`,
    '',
    `Overall drift detected: ${report.driftDetected ? 'YES' : 'NO'}`,
    `Drift score: ${(report.driftScore * 100).toFixed(1)}%`,
    `Features drifted: ${drifted.length}/${report.features.length}`,
    '',
    `Drifted features: ${drifted.length === 0 ? 'none' : named}${drifted.length > NAMED_FEATURES ? '...' : ''}`,
    `Alerts: ${report.alerts.length} (${count('CRITICAL')} CRITICAL, ${count('WARNING')} WARNING)`,
    RULE,
  ].join('\n');
}
