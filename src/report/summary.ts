import { printable } from '../printable.ts';
import type { Report } from './schema.ts';
import { alertCounts } from './standing-alerts.ts';

const RULE = '='.repeat(60);
const NAMED_FEATURES = 3;

/** The summary that people and scripts know by its shape; it must not change. */
export function summary(report: Report): string {
  const drifted = report.features.filter(({ verdict }) => verdict === 'drift').map(({ name }) => printable(name));
  const named = drifted.slice(0, NAMED_FEATURES).join(', ');
  const { all, critical, warning } = alertCounts(report);
  return [
    RULE,
    'DRIFT DETECTION SUMMARY',
    RULE,
    `Model: ${printable(`${report.model.name} ${report.model.version}`, 300)}`,
    `Samples analyzed: ${report.rows}`,
    '',
    `Overall drift detected: ${report.driftDetected ? 'YES' : 'NO'}`,
    `Drift score: ${(report.driftScore * 100).toFixed(1)}%`,
    `Features drifted: ${drifted.length}/${report.features.length}`,
    '',
    `Drifted features: ${drifted.length === 0 ? 'none' : named}${drifted.length > NAMED_FEATURES ? '...' : ''}`,
    `Alerts: ${all} (${critical} CRITICAL, ${warning} WARNING)${whatBecame(report)}`,
    ...notDelivered(report),
    RULE,
  ].join('\n');
}

/** `, 1 new, 2 ongoing, 1 resolved` where this run opened, kept open or resolved any. */
function whatBecame({ run: { alerts = [] } }: Report): string {
  const counts = [
    ['new', alerts.filter(({ change }) => change === 'opened').length],
    ['ongoing', alerts.filter(({ state, change }) => state === 'open' && change !== 'opened').length],
    ['resolved', alerts.filter(({ state }) => state === 'resolved').length],
  ] as const;
  if (counts.every(([, count]) => count === 0)) return '';
  return `, ${counts.map(([word, count]) => `${count} ${word}`).join(', ')}`;
}

function notDelivered({ run: { deliveries = [] } }: Report): string[] {
  const failed = deliveries.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return [];
  const bySink = [...Map.groupBy(failed, ({ sink }) => sink)];
  const named = bySink.map(([sink, [first]]) => `${sink} (${printable(first?.error ?? 'unknown', 120)})`);
  return [`Not delivered: ${named.join(', ')}`];
}
