import { didYouMean } from '../config/did-you-mean.ts';
import { DriftMonitorError } from '../errors.ts';
import { type HistoryLine, historyName } from '../history/line.ts';
import { latestVersion, mostDrifted, signalsOf } from '../history/series.ts';
import { printable } from '../printable.ts';
import { SHOWN_DAYS, type ShowHistoryOptions } from './history.ts';
import { dayOf, historyChart } from './history-chart.ts';
import { chosenHistory } from './history-span.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';

/** Features that are shown where none is chosen. */
const FEATURES = 8;

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
    const also = others.length === 0 ? '' : `; in these days there are ${others.join(', ')}`;
    return void (await print(
      io,
      `No run of ${which} from ${dayOf(from)} until ${dayOf(to - 1)} is in the history in ${store.url}${also}`,
    ));
  }
  const drifted = lines.filter(({ status }) => status === 'drift').length;
  const runs = lines.length === 1 ? '1 run' : `${lines.length} runs`;
  await print(io, `${model} ${version}: ${runs}, ${drifted} of them with drift\n`);
  await print(io, historyChart(io, { lines, features, from, to, settings }));
  if (others.length > 0) await print(io, `\nIn these days also: ${others.join(', ')} (--model-version)`);
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
