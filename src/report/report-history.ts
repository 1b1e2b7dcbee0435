import type { HistoryLine } from '../history/line.ts';
import { type SeriesPoint, scoreSeries, signalsSeries, sinceWhen } from '../history/series.ts';
import { loadHistory } from '../history/store.ts';
import { HOUR_MS } from '../storage/hour.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { historyLine } from './history-line.ts';
import type { ReportHistory } from './html/history.ts';
import type { Point } from './html/sparkline.ts';
import type { Report } from './schema.ts';
import { signalsOf } from './signals.ts';

/** Days before a report that its page shows. */
const DAYS = 7;

/**
 * How the model version of a report went in the days before it, from the history in the storage. Undefined where that cannot be
 * read: a page without its trends is better than none.
 */
export async function loadReportHistory(store: ObjectStore, report: Report): Promise<ReportHistory | undefined> {
  const to = Date.parse(report.window.to) - HOUR_MS;
  try {
    const { lines } = await loadHistory(store, report.model.name, { from: to - DAYS * 24 * HOUR_MS, to });
    return reportHistory(report, lines);
  } catch {
    return undefined;
  }
}

/**
 * The points of a report's page, its own window the last. Where a signal was not among those that moved most, its point is what
 * it was at most.
 */
export function reportHistory(report: Report, lines: readonly HistoryLine[]): ReportHistory {
  const own = historyLine(report);
  const before = lines.filter(({ version, hour }) => version === own.version && hour < own.hour);
  const all = [...before, own];
  const signals = signalsOf(report);
  const names = signals.map(({ name }) => name);
  const series = signalsSeries(all, names, 'psi');
  return {
    driftScore: scoreSeries(all).map(pointOf),
    psi: new Map(names.map((name, index) => [name, (series[index] ?? []).map(pointOf)])),
    since: new Map(
      signals.flatMap(({ name, verdict }) => {
        const since = verdict === 'drift' || verdict === 'minor' ? sinceWhen(all, name) : undefined;
        return since === undefined ? [] : [[name, { hour: since.hour, mayBeLonger: since.mayBeLonger }] as const];
      }),
    ),
  };
}

function pointOf({ hour, value, atMost }: SeriesPoint): Point {
  return { at: hour + HOUR_MS, value: value ?? atMost ?? null };
}
