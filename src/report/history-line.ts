import { type HistoryLine, historyName } from '../history/line.ts';
import { HOUR_MS } from '../storage/hour.ts';
import type { Report } from './schema.ts';
import { countSignals, signalsByImportance } from './signals.ts';
import { alertCounts } from './standing-alerts.ts';

/** What history keeps of a run, with every signal; a stored line has as many as it holds. */
export function historyLine(report: Report): HistoryLine {
  const { model, window, run, inputs } = report;
  const { critical, warning, info } = alertCounts(report);
  const signals = signalsByImportance(report);
  const { all, drift, minor } = countSignals(report);
  return {
    hour: new Date(Date.parse(window.to) - HOUR_MS).toISOString(),
    version: model.version,
    status: report.status,
    driftScore: report.driftScore,
    rows: report.rows,
    windowHours: window.hours,
    signals: all,
    drift,
    minor,
    alerts: { critical, warning, ...(info > 0 && { info }) },
    skippedFiles: inputs.skipped.length,
    durationMs: Math.round(run.durationMs),
    startedAt: run.startedAt,
    baseline: report.baseline.id,
    moved: {
      names: signals.map(({ name }) => historyName(name)),
      psi: signals.map(({ psi }) => psi.value),
      distance: signals.map(({ distance }) => distance.value),
    },
    rest: null,
  };
}
