import { DriftMonitorError } from '../errors.ts';
import { type History, latestHour, loadHistory } from '../history/store.ts';
import { HOUR_MS, type Hour, hourOf } from '../storage/hour.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { oneModelName } from './alert-models.ts';
import { parseInstant } from './instant.ts';
import type { Context } from './options.ts';

const DAY_MS = 24 * HOUR_MS;

export interface ChosenHistory extends History {
  readonly model: string;
  readonly store: ObjectStore;
  readonly from: Hour;
  readonly to: Hour;
}

/**
 * The history of the model that the settings name, of so many days up to its last run or to where the options say. Throws where
 * no run has ever judged it.
 */
export async function chosenHistory(
  context: Context<{ readonly days?: string; readonly until?: string }>,
  defaultDays: number,
): Promise<ChosenHistory> {
  const { io, options, settings, logger } = context;
  const model = oneModelName(settings);
  const store = await context.openStorage();
  const latest = () => latestHour(store, model, io.now());
  const last =
    options.until === undefined ? ((await latest()) ?? hourOf(io.now())) : hourOf(parseInstant(options.until) - 1);
  const to = last + HOUR_MS;
  const from = to - Number(options.days ?? defaultDays) * DAY_MS;
  const { lines, damaged } = await loadHistory(store, model, { from, to });
  if (lines.length === 0 && damaged === 0 && (await latest()) === undefined) {
    throw new DriftMonitorError(
      `there is no history of ${model} in ${store.url}: check --model-name and --storage-url; runs write it: drift-monitor detect`,
    );
  }
  if (damaged > 0) {
    const which =
      damaged === 1
        ? '1 line of the history cannot be read and stays as it is'
        : `${damaged} lines of the history cannot be read and stay as they are`;
    logger.warn({ model }, which);
  }
  return { model, store, from, to, lines, damaged };
}
