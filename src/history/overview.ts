import { z } from 'zod';
import { HOUR_MS, type Hour, hourOf } from '../storage/hour.ts';
import { encodeJson, getIfThere, parseJson } from '../storage/json-document.ts';
import { OVERVIEW_KEY } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { type HistoryLine, historyLineSchema } from './line.ts';
import { loadHistory } from './store.ts';

const DAY_MS = 24 * HOUR_MS;
/** Days of runs that the overview holds of each model version. */
export const OVERVIEW_DAYS = 7;
/** Model versions that are remembered, those that were judged last, and for how long after that. */
const MODELS = 1000;
const REMEMBERED_MS = 90 * DAY_MS;

const statusSchema = historyLineSchema.shape.status;

const runSchema = z
  .tuple([z.int().min(0), statusSchema, z.number().min(0).max(1)])
  .describe('start of the last hour of the window, in hours since 1970; status; drift score');

const entrySchema = z.object({
  name: z.string(),
  version: z.string(),
  latest: historyLineSchema.omit({ moved: true, rest: true }).describe('the run of the latest window'),
  runs: z.array(runSchema).describe('of the seven days up to it, oldest first'),
});

/** `drift-reports/index.json`: how every model stands, which the index page shows. */
export const overviewSchema = z.object({
  format: z.literal(1),
  models: z.array(entrySchema).describe('by name and version'),
});

export type Overview = z.infer<typeof overviewSchema>;
export type OverviewEntry = Overview['models'][number];
export type OverviewRun = z.infer<typeof runSchema>;

const EMPTY: Overview = { format: 1, models: [] };

/** A run that the overview is to tell of. */
export interface ModelRun {
  readonly name: string;
  readonly line: HistoryLine;
}

/** How every model stands; nothing where there is no overview that this program reads. */
export async function loadOverview(store: ObjectStore): Promise<Overview> {
  return overviewOf((await getIfThere(store, OVERVIEW_KEY))?.bytes);
}

function overviewOf(bytes: Uint8Array | undefined): Overview {
  const parsed = overviewSchema.safeParse(bytes && parseJson(bytes));
  // It can be made anew from history.
  return parsed.success ? parsed.data : EMPTY;
}

/** Takes runs into the overview. Of a model version that it does not know, it takes what is in history. */
export async function updateOverview(
  store: ObjectStore,
  runs: readonly ModelRun[],
  sleep?: (ms: number) => Promise<unknown>,
): Promise<void> {
  const loaded = new Map<string, readonly HistoryLine[]>();
  const change = async (bytes: Uint8Array | undefined) => {
    let overview = overviewOf(bytes);
    for (const { name, line } of runs) {
      const isKnown = overview.models.some((entry) => entry.name === name && entry.version === line.version);
      const id = `${name} ${line.version}`;
      if (!isKnown && !loaded.has(id)) {
        const to = Date.parse(line.hour) + HOUR_MS;
        const { lines } = await loadHistory(store, name, { from: to - OVERVIEW_DAYS * DAY_MS, to });
        loaded.set(
          id,
          lines.filter(({ version }) => version === line.version),
        );
      }
      for (const one of [...(isKnown ? [] : (loaded.get(id) ?? [])), line]) overview = withRun(overview, name, one);
    }
    return encodeJson(overview);
  };
  await updateObject(store, OVERVIEW_KEY, change, sleep);
}

/** The overview with a run in it, in place of an earlier one of the same hour. */
export function withRun({ models }: Overview, name: string, line: HistoryLine): Overview {
  const { moved: _, rest: __, ...summary } = line;
  const isOwn = (entry: OverviewEntry) => entry.name === name && entry.version === line.version;
  const before = models.find(isOwn);
  const isLatest = before === undefined || line.hour >= before.latest.hour;
  const latest = isLatest ? summary : before.latest;
  const hour = inHours(Date.parse(line.hour));
  const runs = [...(before?.runs ?? []).filter(([other]) => other !== hour), runOf(hour, line)]
    .filter(([other]) => other > inHours(Date.parse(latest.hour) - OVERVIEW_DAYS * DAY_MS))
    .sort(([a], [b]) => a - b);
  const all = [...models.filter((entry) => !isOwn(entry)), { name, version: line.version, latest, runs }];
  return { format: 1, models: remembered(all) };
}

function runOf(hour: number, { status, driftScore }: HistoryLine): OverviewRun {
  return [hour, status, Number(driftScore.toFixed(4))];
}

function inHours(instant: Hour): number {
  return hourOf(instant) / HOUR_MS;
}

function remembered(entries: readonly OverviewEntry[]): OverviewEntry[] {
  const byAge = [...entries].sort((a, b) => (a.latest.hour < b.latest.hour ? 1 : -1));
  const newest = Date.parse(byAge[0]?.latest.hour ?? '');
  return byAge
    .filter(({ latest }) => newest - Date.parse(latest.hour) <= REMEMBERED_MS)
    .slice(0, MODELS)
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
