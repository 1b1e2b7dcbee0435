import { HOUR_MS, type Hour } from '../storage/hour.ts';
import type { HistoryLine } from './line.ts';
import { historyName } from './line.ts';

/** One hour of a trend. */
export interface SeriesPoint {
  readonly hour: Hour;
  /** Null where it is not known. */
  readonly value: number | null;
  /** Where the signal was not among those that moved most: what it was at most. */
  readonly atMost?: number;
}

export type Measure = 'psi' | 'distance';
export type SignalVerdict = 'drift' | 'minor' | 'other';

/** One signal in one line. */
export interface SignalEntry {
  readonly name: string;
  readonly psi: number | null;
  readonly distance: number | null;
  readonly verdict: SignalVerdict;
}

/** The signals that a line holds, those that moved most first. */
export function signalsOf({ moved, drift, minor }: HistoryLine): SignalEntry[] {
  return moved.names.map((name, index) => ({
    name,
    psi: moved.psi[index] ?? null,
    distance: moved.distance[index] ?? null,
    verdict: verdictAt(index, drift, minor),
  }));
}

/** Lines hold the signals with the verdict drift first, then the minor ones. */
function verdictAt(index: number, drift: number, minor: number): SignalVerdict {
  if (index < drift) return 'drift';
  return index < drift + minor ? 'minor' : 'other';
}

/** Lines of one version; a run that judged nothing has no score. */
export function scoreSeries(lines: readonly HistoryLine[]): SeriesPoint[] {
  return lines.map(({ hour, status, driftScore }) => ({
    hour: Date.parse(hour),
    value: isJudged(status) ? driftScore : null,
  }));
}

/** PSI or distance of one signal, named as in a report or as in history. */
export function signalSeries(lines: readonly HistoryLine[], signal: string, measure: Measure): SeriesPoint[] {
  return signalsSeries(lines, [signal], measure)[0] ?? [];
}

/** Of several signals, in one walk through the lines. A run that judged nothing knows none of them. */
export function signalsSeries(
  lines: readonly HistoryLine[],
  signals: readonly string[],
  measure: Measure,
): SeriesPoint[][] {
  const series = signals.map((): SeriesPoint[] => []);
  const positions = new Map(signals.map((signal, position) => [historyName(signal), position]));
  for (const { hour, moved, rest, status } of lines) {
    const at = Date.parse(hour);
    const known = new Map<number, number | null>();
    const judged = isJudged(status);
    for (let index = 0; judged && index < moved.names.length; index++) {
      const position = positions.get(moved.names[index] ?? '');
      if (position !== undefined) known.set(position, moved[measure][index] ?? null);
    }
    const atMost = judged ? rest?.[measure] : undefined;
    series.forEach((points, position) => {
      const value = known.get(position);
      const isLeftOut = value === undefined && atMost !== undefined;
      points.push({ hour: at, value: value ?? null, ...(isLeftOut && { atMost }) });
    });
  }
  return series;
}

export function isJudged(status: HistoryLine['status']): boolean {
  return status === 'drift' || status === 'no-drift';
}

/** The signals that a span is about: those that drifted in most of the runs that judged, then those that moved most in any. */
export function mostDrifted(lines: readonly HistoryLine[], count: number): string[] {
  const signals = new Map<string, { name: string; drifted: number; minor: number; psi: number }>();
  for (const line of lines) {
    if (!isJudged(line.status)) continue;
    const { names, psi } = line.moved;
    // Lines have what moved most in front; what stands further back is not what a span is about.
    const looked = Math.min(names.length, Math.max(line.drift + line.minor, 2 * count));
    for (let index = 0; index < looked; index++) {
      const name = names[index] ?? '';
      const seen = signals.get(name) ?? { name, drifted: 0, minor: 0, psi: 0 };
      if (index < line.drift) seen.drifted += 1;
      else if (index < line.drift + line.minor) seen.minor += 1;
      seen.psi = Math.max(seen.psi, psi[index] ?? 0);
      signals.set(name, seen);
    }
  }
  return [...signals.values()]
    .sort((a, b) => b.drifted - a.drifted || b.minor - a.minor || b.psi - a.psi)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Since when a signal drifts, or is minor. */
export interface SignalSince {
  readonly verdict: 'drift' | 'minor';
  readonly hour: Hour;
  readonly mayBeLonger: boolean;
}

/**
 * Since when a signal has been as it is in the last line: the hour of the first of the runs in a row that gave it the verdict
 * `drift`, or at least `minor` where the last one did. Runs that judged nothing, and missing ones, end nothing. Undefined where
 * the last run that judged gave it neither. Where it reaches back to the first line, it may be longer.
 */
export function sinceWhen(lines: readonly HistoryLine[], signal: string): SignalSince | undefined {
  const name = historyName(signal);
  const judged = lines.filter(({ status }) => isJudged(status));
  const worst = (line: HistoryLine | undefined): SignalVerdict => {
    const index = line?.moved.names.indexOf(name) ?? -1;
    return line === undefined || index === -1 ? 'other' : verdictAt(index, line.drift, line.minor);
  };
  const last = worst(judged.at(-1));
  if (last === 'other') return undefined;
  const before = judged.findLastIndex((line) => !['drift', last].includes(worst(line)));
  const first = judged[before + 1];
  return first && { verdict: last, hour: Date.parse(first.hour), mayBeLonger: before === -1 };
}

/** The version that was judged last; undefined where there are no lines. */
export function latestVersion(lines: readonly HistoryLine[]): string | undefined {
  const last = lines.reduce<HistoryLine | undefined>(
    (latest, line) => (latest === undefined || line.hour >= latest.hour ? line : latest),
    undefined,
  );
  return last?.version;
}

/** One column of a sparkline. */
export interface Bucket {
  /** The largest value of its hours; null where none is known. */
  readonly value: number | null;
  /** Whether there was a run at all. */
  readonly hasRun: boolean;
}

/** Hours from `from` until `to` in so many columns of equal length, at most one an hour. Peaks stay: each is its largest value. */
export function buckets(points: readonly SeriesPoint[], from: Hour, to: Hour, columns: number): Bucket[] {
  const hours = Math.max(1, Math.round((to - from) / HOUR_MS));
  const width = Math.max(1, Math.min(columns, hours));
  const found: { value: number | null; hasRun: boolean }[] = Array.from({ length: width }, () => ({
    value: null,
    hasRun: false,
  }));
  for (const { hour, value } of points) {
    const bucket = found[Math.floor(((hour - from) / HOUR_MS / hours) * width)];
    if (bucket === undefined) continue;
    bucket.hasRun = true;
    if (value !== null) bucket.value = Math.max(bucket.value ?? value, value);
  }
  return found;
}
