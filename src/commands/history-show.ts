import { didYouMean } from '../config/did-you-mean.ts';
import { numberInWords, percent } from '../drift/words.ts';
import { DriftMonitorError } from '../errors.ts';
import { type HistoryLine, historyName } from '../history/line.ts';
import {
  buckets,
  isJudged,
  latestVersion,
  mostDrifted,
  type SeriesPoint,
  scoreSeries,
  signalsOf,
  signalsSeries,
  sinceWhen,
} from '../history/series.ts';
import { sparkline } from '../history/sparkline.ts';
import { printable } from '../printable.ts';
import { SHOWN_DAYS, type ShowHistoryOptions } from './history.ts';
import { type ChosenHistory, chosenHistory } from './history-span.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';
import { type Cell, table, terminalWidth } from './table.ts';

/** Features that are shown where none is chosen. */
const FEATURES = 8;
const NAME_LENGTH = 28;
/** Columns of a table beside the name and the bars. */
const FIGURES_WIDTH = 42;
const USUAL_WIDTH = 100;

export async function showHistory(context: Context<ShowHistoryOptions>): Promise<undefined> {
  const { io, options, settings } = context;
  const history = await chosenHistory(context, SHOWN_DAYS);
  const version = settings.modelVersion ?? latestVersion(history.lines);
  const lines = history.lines.filter((line) => line.version === version);
  const others = [...new Set(history.lines.map((line) => line.version))].filter((other) => other !== version);
  const { model, store, from, to, damaged } = history;
  const features = chosenFeatures(lines, options.feature);
  if (options.json === true) {
    const kept = options.feature?.map(historyName);
    const runs = lines.map((line) => ({
      ...line,
      moved: signalsOf(line).filter(({ name }) => kept?.includes(name) ?? true),
    }));
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
    return void (await printJson(io, {
      model,
      version: version ?? null,
      otherVersions: others,
      ...span,
      damaged,
      runs,
    }));
  }
  if (lines.length === 0) {
    const which = version === undefined ? model : `${model} ${version}`;
    return void (await print(
      io,
      `No run of ${which} from ${dayOf(from)} until ${dayOf(to - 1)} is in the history in ${store.url}`,
    ));
  }
  const drifted = lines.filter(({ status }) => status === 'drift').length;
  const runs = lines.length === 1 ? '1 run' : `${lines.length} runs`;
  await print(io, `${model} ${version}: ${runs}, ${drifted} of them with drift\n`);
  await print(io, drawn(context, history, lines, features));
  if (others.length > 0) await print(io, `\nIn these days also: ${others.join(', ')} (--model-version)`);
}

function drawn(
  { io, settings }: Context<unknown>,
  { from, to }: ChosenHistory,
  lines: readonly HistoryLine[],
  features: readonly string[],
): string {
  const nameWidth = Math.min(NAME_LENGTH, Math.max(...['drift score', ...features].map(({ length }) => length)));
  const full = terminalWidth(io);
  const width = Math.max(12, (Number.isFinite(full) ? full : USUAL_WIDTH) - nameWidth - FIGURES_WIDTH);
  const bars = (points: readonly SeriesPoint[], top: number) => sparkline(buckets(points, from, to, width), top);
  const scores = scoreSeries(lines);
  const rows: Cell[][] = [
    ['drift score', bars(scores, settings.scoreCriticalThreshold), ...figures(scores, percent), ''],
    ...signalsSeries(lines, features, 'psi').map((points, index): Cell[] => {
      const name = features[index] ?? '';
      const since = sinceWhen(lines, name);
      const sinceInWords = since === undefined ? '' : `${since.mayBeLonger ? 'before ' : ''}${hourInWords(since.hour)}`;
      const drifts = since !== undefined && isDrifting(lines, name);
      return [
        printable(name, NAME_LENGTH),
        bars(points, settings.psiThreshold * 2),
        ...figures(points, numberInWords),
        drifts ? { text: sinceInWords, style: 'red' } : sinceInWords,
      ];
    }),
  ];
  return table(io, ['', axis(from, to, width), 'Last', 'Largest', 'Drifting since'], rows, width);
}

function isDrifting(lines: readonly HistoryLine[], name: string): boolean {
  const last = lines.findLast(({ status }) => isJudged(status));
  return last !== undefined && signalsOf(last).some((signal) => signal.name === name && signal.verdict === 'drift');
}

function figures(points: readonly SeriesPoint[], inWords: (value: number) => string): [string, string] {
  const values = points.flatMap(({ value }) => value ?? []);
  const last = points.findLast(({ value, atMost }) => value !== null || atMost !== undefined);
  const lastInWords = last?.value == null ? `≤ ${inWords(last?.atMost ?? 0)}` : inWords(last.value);
  const largest = values.reduce<number | undefined>((most, value) => Math.max(most ?? value, value), undefined);
  return [last === undefined ? '' : lastInWords, largest === undefined ? '' : inWords(largest)];
}

/** First and last day at the ends of the bars. */
function axis(from: number, to: number, width: number): string {
  const [first, last] = [dayOf(from), dayOf(to - 1)];
  const gap = width - first.length - last.length;
  return gap > 0 ? `${first}${' '.repeat(gap)}${last}` : first;
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

function hourInWords(hour: number): string {
  return `${new Date(hour).toISOString().slice(0, 13).replace('T', ' ')}h`;
}

function chosenFeatures(lines: readonly HistoryLine[], chosen: readonly string[] | undefined): string[] {
  if (chosen === undefined) return mostDrifted(lines, FEATURES);
  const known = new Set<string>();
  for (const { moved } of lines) for (const name of moved.names) known.add(name);
  const names = chosen.map(historyName);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined || lines.length === 0) return names;
  const isPartial = lines.some(({ rest }) => rest !== null);
  const why = isPartial ? ', or was never among those that moved most' : '';
  throw new DriftMonitorError(`${printable(unknown)} is in none of these runs${why}${didYouMean(unknown, [...known])}`);
}
