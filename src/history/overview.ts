import pMap from 'p-map';
import { z } from 'zod';
import { HOUR_MS, type Hour, hourOf } from '../storage/hour.ts';
import { encodeJson, getIfThere, parseJson } from '../storage/json-document.ts';
import { MODEL_ID, OVERVIEW_KEY } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { type HistoryLine, historyLineSchema } from './line.ts';
import { packedRunsSchema, packRuns, unpackRuns } from './packed-runs.ts';
import { loadHistory } from './store.ts';

const DAY_MS = 24 * HOUR_MS;
/** Days of runs that the overview holds of each model version. */
export const OVERVIEW_DAYS = 7;
/** Model versions that are remembered, those that were judged last. */
const MODELS = 1000;
/** Days for which they are remembered after they were judged, by the clocks of runs, whatever window that was. */
export const REMEMBERED_DAYS = 90;
/** Requests to the storage at once. */
const REQUESTS = 8;

const { hour, status, driftScore, rows, signals, drift, alerts } = historyLineSchema.shape;

const entrySchema = z.object({
  name: z.string().regex(MODEL_ID),
  version: z.string().regex(MODEL_ID),
  judgedAt: z.iso.datetime().describe('when a run judged it last'),
  latest: z.object({ hour, status, driftScore, rows, signals, drift, alerts }).describe('the run of the latest window'),
  runs: packedRunsSchema.describe('of the seven days up to it'),
});

/** `drift-reports/index.json`: how every model stands, which the index page shows. */
export const overviewSchema = z.object({
  format: z.literal(1),
  models: z.array(entrySchema).describe('by name and version'),
});

export type Overview = z.infer<typeof overviewSchema>;
export type OverviewEntry = Overview['models'][number];

const EMPTY: Overview = { format: 1, models: [] };
const documentSchema = overviewSchema.extend({ models: z.array(z.unknown()) });

/** A run that the overview is to tell of. */
export interface ModelRun {
  readonly name: string;
  readonly line: HistoryLine;
}

/** How every model stands; nothing where there is no overview that this program reads. */
export async function loadOverview(store: ObjectStore): Promise<Overview> {
  return overviewOf((await getIfThere(store, OVERVIEW_KEY))?.bytes);
}

/** What cannot be read of it is left out: it is made anew from history when the model is judged again. */
function overviewOf(bytes: Uint8Array | undefined): Overview {
  const document = documentSchema.safeParse(bytes && parseJson(bytes));
  if (!document.success) return EMPTY;
  const models = document.data.models.flatMap((model) => {
    const parsed = entrySchema.safeParse(model);
    return parsed.success ? [parsed.data] : [];
  });
  return { format: 1, models };
}

/**
 * Takes runs into the overview, and returns it. Of a model version that it does not know, it takes what is in history. `now`
 * in milliseconds since 1970.
 */
export async function updateOverview(
  store: ObjectStore,
  runs: readonly ModelRun[],
  now: number,
  sleep?: (ms: number) => Promise<unknown>,
): Promise<Overview> {
  const loaded = new Map<string, readonly ModelRun[]>();
  let overview = EMPTY;
  const change = async (bytes: Uint8Array | undefined) => {
    const before = remembered(overviewOf(bytes), now);
    const known = new Set(before.models.map(idOf));
    const unknown = new Map(runs.map((run) => [idOfRun(run), run] as const).filter(([id]) => !known.has(id)));
    const load = async ([id, run]: readonly [string, ModelRun]) => {
      if (!loaded.has(id)) loaded.set(id, await runsBefore(store, run));
    };
    await pMap(unknown, load, { concurrency: REQUESTS });
    const added = [...unknown.keys()].flatMap((id) => loaded.get(id) ?? []);
    overview = withRuns(before, [...added, ...runs]);
    return encodeJson(overview);
  };
  await updateObject(store, OVERVIEW_KEY, change, sleep);
  return overview;
}

async function runsBefore(store: ObjectStore, { name, line }: ModelRun): Promise<ModelRun[]> {
  const to = Date.parse(line.hour) + HOUR_MS;
  const { lines } = await loadHistory(store, name, { from: to - OVERVIEW_DAYS * DAY_MS, to });
  return lines.filter(({ version }) => version === line.version).map((one) => ({ name, line: one }));
}

/** The overview with runs in it, in place of earlier ones of the same hours. */
export function withRuns({ models }: Overview, runs: readonly ModelRun[]): Overview {
  const entries = new Map(models.map((entry) => [idOf(entry), entry]));
  for (const [id, own] of Map.groupBy(runs, idOfRun)) {
    const entry = entryWith(entries.get(id), own);
    if (entry !== undefined) entries.set(id, entry);
  }
  return { format: 1, models: limited([...entries.values()]) };
}

function idOf({ name, version }: Pick<OverviewEntry, 'name' | 'version'>): string {
  return `${name} ${version}`;
}

function idOfRun({ name, line }: ModelRun): string {
  return idOf({ name, version: line.version });
}

/** Undefined without any run. */
function entryWith(before: OverviewEntry | undefined, runs: readonly ModelRun[]): OverviewEntry | undefined {
  const byHour = new Map(before === undefined ? [] : unpackRuns(before.runs).map((run) => [run[0], run]));
  let latest = before?.latest;
  let judgedAt = before?.judgedAt ?? '';
  for (const { line } of runs) {
    const at = inHours(Date.parse(line.hour));
    byHour.set(at, [at, line.status, line.driftScore]);
    if (latest === undefined || line.hour >= latest.hour) latest = latestOf(line);
    if (line.startedAt > judgedAt) judgedAt = line.startedAt;
  }
  const [first] = runs;
  if (first === undefined || latest === undefined) return before;
  const end = inHours(Date.parse(latest.hour));
  const kept = [...byHour.values()].filter(([at]) => at > end - OVERVIEW_DAYS * 24).sort(([a], [b]) => a - b);
  return { name: first.name, version: first.line.version, judgedAt, latest, runs: packRuns(kept) };
}

function latestOf({ hour, status, driftScore, rows, signals, drift, alerts }: HistoryLine): OverviewEntry['latest'] {
  return { hour, status, driftScore: Number(driftScore.toFixed(4)), rows, signals, drift, alerts };
}

function inHours(instant: Hour): number {
  return hourOf(instant) / HOUR_MS;
}

/** Without what was judged long ago, and without windows of a future that only a wrong clock can have seen. */
function remembered({ models }: Overview, now: number): Overview {
  const isKept = ({ judgedAt, latest }: OverviewEntry) =>
    now - Date.parse(judgedAt) <= REMEMBERED_DAYS * DAY_MS && Date.parse(latest.hour) <= now;
  return { format: 1, models: models.filter(isKept) };
}

function limited(entries: OverviewEntry[]): OverviewEntry[] {
  const kept =
    entries.length <= MODELS ? entries : entries.sort((a, b) => compare(b.judgedAt, a.judgedAt)).slice(0, MODELS);
  return kept.sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
