import { systemEffects } from '../alerting/effects.ts';
import type { ConfiguredSink } from '../alerting/open-sinks.ts';
import type { Baseline } from '../baseline/baseline.ts';
import { loadBaseline } from '../baseline/store.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import type { ConfiguredModel } from '../config/judgement.ts';
import { withModelConfig } from '../config/model-config.ts';
import { loadModelConfig } from '../config/model-config-store.ts';
import { type RecordColumns, recordColumns } from '../config/record-columns.ts';
import type { Settings } from '../config/settings.ts';
import { listWindow } from '../inference-log/list-window.ts';
import { type Window, windowEndingAt } from '../inference-log/partitions.ts';
import type { ColumnSpec } from '../profile/profile.ts';
import { filesOf, type PlannedWindow, planWindow, readWindows, type WindowProfile } from '../profile/read-windows.ts';
import { serviceSpecs } from '../profile/service-columns.ts';
import { shardsFor } from '../profile/shards/fan-out.ts';
import type { FanOut } from '../profile/shards/runner.ts';
import type { ShardTask } from '../profile/shards/shard-plan.ts';
import { countingSets, type ModelWindow, type WindowsRequest } from '../profile/window-request.ts';
import type { ModelId } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Report } from './schema.ts';
import type { AlertContext, Taken } from './take-run.ts';

export interface DetectRequest {
  /** Where baselines, profiles, reports and alerts live. */
  readonly store: ObjectStore;
  readonly logs: ObjectStore;
  readonly models: readonly ConfiguredModel[];
  readonly settings: Settings;
  /** An instant in the window's last hour, in milliseconds since 1970. */
  readonly at: number;
  /** False: every file is read, and no hour profile is stored. */
  readonly useStored: boolean;
  readonly workers: number;
  /** Absent: this process reads everything. */
  readonly fanOut?: FanOut | undefined;
  readonly now: () => number;
  /** Of the program. */
  readonly version: string;
  readonly onProgress: (files: number, total: number) => void;
  /** Called with each report as soon as it is stored: before anybody is told of alerts, which may take its time. */
  readonly onReport?: (report: Report) => void;
  /** Without it no alert opens and nothing is sent. */
  readonly alerting?: RunAlerting;
}

export interface RunAlerting extends Omit<AlertContext, 'settings' | 'sinks'> {
  /** Those of a model. */
  sinksOf(alerts: AlertSettings): readonly ConfiguredSink[];
}

/** What came of one model. */
export type Detected =
  | (Taken & {
      readonly model: ModelId;
      /** What could not be written besides report and page, one sentence each. */
      readonly problems: readonly string[];
    })
  | { readonly model: ModelId; readonly error: unknown };

interface PreparedModel {
  readonly configured: ConfiguredModel;
  readonly baseline: Baseline;
  readonly span: Window;
  readonly window: ModelWindow;
}

/**
 * One run: reads the windows of all models, each log file once, judges them, and writes reports and alerts. What fails for
 * one model does not stop the others, unless it is the storage of the logs. In the order of `models`.
 */
export async function detect(request: DetectRequest): Promise<Detected[]> {
  const started = request.now();
  const record = recordColumns(request.settings);
  const prepared = await prepareAll(request, record);
  const ready = prepared.flatMap((one) => ('window' in one ? [one] : []));
  // What judges is loaded while the logs are read: its special functions take as long as a small window.
  const judging = Promise.all([import('./judge-window.ts'), import('./take-run.ts'), import('./record-history.ts')]);
  judging.catch(() => undefined);
  for (const page of [import('./html/render.ts'), import('./html/index-page.ts')]) page.catch(() => undefined);
  const contexts = alertContexts(prepared, request);
  let read: { windows: readonly WindowProfile[]; bytesFetched: number };
  try {
    read = await readWindows(windowsRequest(request, record, ready));
  } catch (error) {
    const failed = prepared.map((one) => ('window' in one ? { model: one.configured.model, error } : one));
    return await tellAll(failed, request.store, contexts);
  }
  const detected: Detected[] = [];
  for (const one of prepared) {
    const window = 'window' in one ? read.windows[ready.indexOf(one)] : undefined;
    if (!('window' in one) || window === undefined) {
      if ('error' in one) detected.push(one);
      continue;
    }
    const { model } = one.configured;
    try {
      const run = {
        startedAt: new Date(started).toISOString(),
        durationMs: request.now() - started,
        version: request.version,
        baselineCreatedAt: one.baseline.createdAt,
        bytesFetched: read.bytesFetched,
        ...window.work,
      };
      const [{ judgeWindow }, { takeRun }, { recordHistory }] = await judging;
      const { report, details } = await judgeWindow(one, window, record, run);
      const taken = await takeRun(request.store, report, details, contextOf(contexts, model.name));
      request.onReport?.(taken.report);
      detected.push({ model, ...taken, problems: await recordHistory(request.store, taken.report) });
    } catch (error) {
      detected.push({ model, error });
    }
  }
  const [told, problems] = await Promise.all([
    tellAll(detected, request.store, contexts),
    overviewed(detected, request),
  ]);
  const first = told.find((one) => !('error' in one));
  return told.map((one) =>
    one === first && !('error' in one) ? { ...one, problems: [...one.problems, ...problems] } : one,
  );
}

/** Once for all models: their runs change the same page. What went wrong, as a sentence. */
async function overviewed(detected: readonly Detected[], { store, now }: DetectRequest): Promise<string[]> {
  const { recordOverview } = await import('./record-history.ts');
  const reports = detected.flatMap((one) => ('error' in one ? [] : [one.report]));
  return await recordOverview(store, reports, now());
}

/** By the model's name, to whose alerts its configuration belongs; the configuration file's where that cannot be read. */
function alertContexts(
  prepared: readonly (PreparedModel | Failed)[],
  { settings: { alerts: general }, alerting }: DetectRequest,
): ReadonlyMap<string, AlertContext> {
  const contexts = new Map<string, AlertContext>();
  for (const one of prepared) {
    const isReady = 'window' in one;
    const { name } = isReady ? one.configured.model : one.model;
    const settings = isReady ? one.configured.alerts : general;
    if (contexts.has(name) && !isReady) continue;
    contexts.set(name, {
      settings,
      ...(alerting === undefined
        ? { isCurrent: false, sinks: [], run: '', effects: systemEffects }
        : { ...alerting, sinks: alerting.sinksOf(settings) }),
    });
  }
  return contexts;
}

function contextOf(contexts: ReadonlyMap<string, AlertContext>, name: string): AlertContext {
  const context = contexts.get(name);
  if (context === undefined) throw new Error(`no context of ${name}`);
  return context;
}

/**
 * Only now: a receiver that does not answer must keep no model from being judged. Also of models that could not be judged: what
 * earlier runs could not deliver waits for every run.
 */
async function tellAll(
  detected: readonly Detected[],
  store: ObjectStore,
  contexts: ReadonlyMap<string, AlertContext>,
): Promise<Detected[]> {
  const { tell } = await import('./take-run.ts');
  const byName = [...Map.groupBy(detected, ({ model }) => model.name)];
  const told = await Promise.all(
    byName.map(([name, versions]) => {
      const judged = versions.flatMap((one) => ('error' in one ? [] : [one]));
      return tell(store, name, judged, contextOf(contexts, name));
    }),
  );
  const byKey = new Map(told.flat().map((one) => [one.key, one]));
  return detected.map((one) => ('error' in one ? one : (byKey.get(one.key) ?? one)));
}

type Failed = { readonly model: ModelId; readonly error: unknown };

async function prepareAll(request: DetectRequest, record: RecordColumns): Promise<(PreparedModel | Failed)[]> {
  return await Promise.all(
    request.models.map(async (configured) => {
      const { model } = configured;
      try {
        return await prepare(request, configured, record);
      } catch (error) {
        return { model, error };
      }
    }),
  );
}

async function prepare(
  { store, logs, settings, at }: DetectRequest,
  fromFile: ConfiguredModel,
  record: RecordColumns,
): Promise<PreparedModel> {
  const { model } = fromFile;
  const stored = await loadModelConfig(store, model.name);
  const configured = stored === undefined ? fromFile : withModelConfig(fromFile, stored);
  const { judgement } = configured;
  const span = windowEndingAt(at, judgement.analysisWindowHours);
  const [baseline, hours] = await Promise.all([
    loadBaseline(store, model),
    listWindow(logs, settings.logPathTemplate, model, span),
  ]);
  return {
    configured,
    baseline,
    span,
    window: { model, baselineId: baseline.id, specs: specsOf(baseline, record, configured.alerts), hours },
  };
}

/** The columns that are counted in logs. */
export function specsOf(baseline: Baseline, record: RecordColumns, { okStatuses }: AlertSettings): ColumnSpec[] {
  return [...baseline.columns.map(({ spec }) => spec), ...serviceSpecs(record, okStatuses)];
}

function windowsRequest(
  request: DetectRequest,
  record: RecordColumns,
  ready: readonly PreparedModel[],
): WindowsRequest {
  const { store, logs, settings, useStored, workers, fanOut, onProgress } = request;
  return {
    store,
    logs,
    windows: ready.map(({ window }) => window),
    record,
    okStatuses: settings.alerts.okStatuses,
    template: settings.logPathTemplate,
    useStored,
    memoryLimitMib: settings.memoryLimitMib,
    tempDirectory: settings.tempDirectory,
    workers,
    fanOut,
    onProgress,
  };
}

/** What came of planning one model. */
export type Explained = PlannedWindow | Failed;

export interface Explanation {
  /** In the order of `models`. */
  readonly models: readonly Explained[];
  /** What would be read by others, for all models together; a set is a position among those that could be planned. */
  readonly shards: readonly ShardTask[];
}

/** What `detect` would do, without doing it: reads no log, but for the footers of files that would be cut, and writes nothing. */
export async function explain(request: DetectRequest): Promise<Explanation> {
  const record = recordColumns(request.settings);
  const models: Explained[] = [];
  for (const configured of request.models) {
    try {
      const prepared = await prepare(request, configured, record);
      models.push(await planWindow(windowsRequest(request, record, [prepared]), prepared.window));
    } catch (error) {
      models.push({ model: configured.model, error });
    }
  }
  const planned = models.flatMap((one) => ('window' in one ? [one] : []));
  const { fanOut } = request;
  if (fanOut === undefined) return { models, shards: [] };
  const windows = planned.map(({ window }) => window);
  const files = filesOf(planned.map(({ hours }) => hours.flatMap(({ plan }) => plan.read)));
  const shared = { ...windowsRequest(request, record, []), windows, fanOut };
  return { models, shards: (await shardsFor(shared, countingSets(windows, record), files)) ?? [] };
}
