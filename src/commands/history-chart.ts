import type { Settings } from '../config/settings.ts';
import { numberInWords, percent } from '../drift/words.ts';
import type { HistoryLine } from '../history/line.ts';
import {
  buckets,
  type SeriesPoint,
  type SignalSince,
  scoreSeries,
  signalsSeries,
  sinceWhen,
} from '../history/series.ts';
import { sparkline } from '../history/sparkline.ts';
import { printable } from '../printable.ts';
import type { Io } from './io.ts';
import { type Cell, painter, table, terminalWidth } from './table.ts';

const NAME_LENGTH = 28;
/** Columns of a table beside the name and the bars. */
const FIGURES_WIDTH = 56;
const NARROWEST_BARS = 12;
const USUAL_WIDTH = 120;

export interface HistoryChart {
  /** Of one version, by hour. */
  readonly lines: readonly HistoryLine[];
  readonly features: readonly string[];
  /** Milliseconds since 1970; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  readonly settings: Pick<Settings, 'psiThreshold' | 'scoreCriticalThreshold'>;
}

interface Trend {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
  /** Of the highest bar. */
  readonly top: number;
  readonly inWords: (value: number) => string;
  readonly since: SignalSince | undefined;
}

/** Score and features as lines of bars: a table, or in a narrow terminal one below the other. */
export function historyChart(io: Io, chart: HistoryChart): string {
  const { lines, features, settings } = chart;
  const series = signalsSeries(lines, features, 'psi');
  const trends: Trend[] = [
    {
      name: 'drift score',
      points: scoreSeries(lines),
      top: settings.scoreCriticalThreshold,
      inWords: percent,
      since: undefined,
    },
    ...features.map((name, index) => ({
      name,
      points: series[index] ?? [],
      top: settings.psiThreshold * 2,
      inWords: numberInWords,
      since: sinceWhen(lines, name),
    })),
  ];
  const nameWidth = Math.min(NAME_LENGTH, Math.max(...trends.map(({ name }) => printable(name, NAME_LENGTH).length)));
  const full = terminalWidth(io);
  const width = (Number.isFinite(full) ? full : USUAL_WIDTH) - nameWidth - FIGURES_WIDTH;
  return width < NARROWEST_BARS ? stacked(io, chart, trends, full) : tabled(io, chart, trends, width);
}

function tabled(io: Io, { from, to }: HistoryChart, trends: readonly Trend[], width: number): string {
  const rows = trends.map((trend): Cell[] => {
    const { last, largest } = figures(trend);
    return [printable(trend.name, NAME_LENGTH), bars(trend, from, to, width), last, largest, sinceCell(trend)];
  });
  return table(io, ['', axis(from, to, width), 'Last', 'Largest', 'Since'], rows, Math.max(width, FIGURES_WIDTH));
}

function stacked(io: Io, { from, to }: HistoryChart, trends: readonly Trend[], width: number): string {
  const paint = painter(io);
  const blocks = trends.map((trend) => {
    const { last, largest } = figures(trend);
    const known = [last === '' ? '' : `last ${last}`, largest === '' ? '' : `largest ${largest}`].filter(
      (word) => word !== '',
    );
    const since = sinceCell(trend);
    const told = typeof since === 'string' ? since : paint(since.style, since.text);
    const drawn = [paint('bold', printable(trend.name, width)), bars(trend, from, to, width), known.join(', '), told];
    return drawn.filter((line) => line !== '').join('\n');
  });
  return [axis(from, to, width), ...blocks].join('\n\n');
}

function bars({ points, top }: Trend, from: number, to: number, width: number): string {
  return sparkline(buckets(points, from, to, width), top).trimEnd();
}

/** In words what its colour says as well. */
function sinceCell({ since }: Trend): Cell {
  if (since === undefined) return '';
  const text = `${since.verdict} since ${since.mayBeLonger ? 'before ' : ''}${hourInWords(since.hour)}`;
  return since.verdict === 'drift' ? { text, style: 'red' } : text;
}

function figures({ points, inWords }: Trend): { readonly last: string; readonly largest: string } {
  const values = points.flatMap(({ value }) => value ?? []);
  const last = points.findLast(({ value, atMost }) => value !== null || atMost !== undefined);
  const lastInWords = last?.value == null ? `≤ ${inWords(last?.atMost ?? 0)}` : inWords(last.value);
  const largest = values.reduce<number | undefined>((most, value) => Math.max(most ?? value, value), undefined);
  return {
    last: last === undefined ? '' : lastInWords,
    largest: largest === undefined ? '' : inWords(largest),
  };
}

/** First and last day at the ends of the bars. */
function axis(from: number, to: number, width: number): string {
  const [first, last] = [dayOf(from), dayOf(to - 1)];
  const gap = width - first.length - last.length;
  return gap > 0 ? `${first}${' '.repeat(gap)}${last}` : first;
}

export function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

function hourInWords(hour: number): string {
  return `${new Date(hour).toISOString().slice(0, 13).replace('T', ' ')}h`;
}
