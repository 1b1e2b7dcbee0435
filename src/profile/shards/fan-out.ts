import { DriftMonitorError } from '../../errors.ts';
import { shardPlanKey } from '../../storage/layout.ts';
import { ConflictError, type ObjectStore, StorageError } from '../../storage/object-store.ts';
import type { CountingSet } from '../count-pool.ts';
import { mergeHours } from '../hour-profile.ts';
import { loadHour, saveHour } from '../hour-store.ts';
import { type ModelWindow, readingId, type WindowsRequest } from '../window-request.ts';
import { cutFiles, type FileToRead } from './cut-files.ts';
import { type MergedHour, mergeParts } from './merge-parts.ts';
import { finishedShards } from './part.ts';
import type { EndedShards, FanOut, ShardRun, ShardRunner } from './runner.ts';
import {
  assertNotOver,
  deleteRun,
  listPlans,
  planOf,
  RunIsOverError,
  type ShardPlan,
  type ShardTask,
  savePlan,
} from './shard-plan.ts';

/** A request that may be shared. */
export type FanOutRequest = WindowsRequest & { readonly fanOut: FanOut };

/** The shards that files would be read in; undefined where one process should read them. */
export async function shardsFor(
  { fanOut, logs, record }: FanOutRequest,
  sets: readonly CountingSet[],
  files: readonly FileToRead[],
): Promise<ShardTask[] | undefined> {
  const bytes = files.reduce((sum, { file }) => sum + file.object.size, 0);
  if (files.length === 0 || (fanOut.mode === 'auto' && bytes <= fanOut.shardBytes)) return undefined;
  const tasks = await cutFiles({ logs, sets, record, shardBytes: fanOut.shardBytes }, files);
  return fanOut.mode === 'auto' && tasks.length === 1 ? undefined : tasks;
}

/** Shards at work. */
export interface StartedShards {
  /** Waits for them, and tells what they have counted. Rejects with `RunIsOverError` where another process has. */
  hours(onFetched: (bytes: number) => void): AsyncIterable<MergedHour>;
  /** Removes everything of the run from the storage. */
  remove(): Promise<void>;
}

/** Has shards started; undefined where that is impossible and this process may read the files instead. */
export async function startShards(
  request: FanOutRequest,
  tasks: readonly ShardTask[],
): Promise<StartedShards | undefined> {
  const { store, windows, fanOut } = request;
  const plan = planOf(
    store.url,
    {
      reading: readingId(request),
      windows: windows.map(({ model, baselineId }) => ({ model: { ...model }, baselineId })),
    },
    tasks,
  );
  const runner = await runnerOf(fanOut);
  if (runner === undefined) return undefined;
  await savePlan(store, plan, tasks);
  try {
    // Those of a coordinator that was stopped may all be done.
    if ((await finishedShards(store, plan)).size < plan.shards) await runner.start(runOf(plan));
  } catch (error) {
    if (fanOut.mode === 'job' || !isOfRunner(error)) throw error;
    fanOut.onFallback(error.message);
    await remove(store, plan);
    return undefined;
  }
  return {
    hours: (onFetched) => hoursOf(store, plan, runner, (set) => windows[set]?.specs, onFetched),
    remove: () => remove(store, plan),
  };
}

/** Undefined where shards can run nowhere, and this process may read instead. */
async function runnerOf(fanOut: FanOut): Promise<ShardRunner | undefined> {
  try {
    return await fanOut.openRunner();
  } catch (error) {
    if (fanOut.mode === 'job' || !isOfRunner(error)) throw error;
    fanOut.onFallback(error.message);
    return undefined;
  }
}

/** Not of the storage, without which nothing goes on. */
function isOfRunner(error: unknown): error is DriftMonitorError {
  return error instanceof DriftMonitorError && !(error instanceof StorageError);
}

function runOf({ runId, shards }: ShardPlan): ShardRun {
  return { runId, planKey: shardPlanKey(runId), shards };
}

async function* hoursOf(
  store: ObjectStore,
  plan: ShardPlan,
  runner: ShardRunner,
  specsOf: (set: number) => ModelWindow['specs'] | undefined,
  onFetched: (bytes: number) => void,
): AsyncGenerator<MergedHour> {
  await assertNotOver(store, plan);
  const isDone = (await finishedShards(store, plan)).size === plan.shards;
  const ended: EndedShards = isDone ? { causes: new Map(), otherwise: '' } : await runner.ended(runOf(plan));
  const causeOf = async (shard: number) => {
    await assertNotOver(store, plan);
    return `${ended.causes.get(shard) ?? ended.otherwise}; the next run tries again`;
  };
  yield* mergeParts({ store, plan, specsOf, causeOf, onFetched });
}

/**
 * Brings to an end what earlier coordinators of the same models left: waits for shards that are still at work, and stores the
 * hours that they have counted, so that nothing is read twice. What is left to read, the next plan finds.
 */
export async function finishOldRuns(request: FanOutRequest): Promise<void> {
  const { store, windows, fanOut } = request;
  const reading = readingId(request);
  const windowOf = (one: ShardPlan['windows'][number]) =>
    windows.find(({ model }) => model.name === one.model.name && model.version === one.model.version);
  for (const plan of await listPlans(store)) {
    // Others' runs are others' business.
    if (!plan.windows.every((one) => windowOf(one) !== undefined)) continue;
    const current = plan.windows.map((one) => {
      const window = windowOf(one);
      return window?.baselineId === one.baselineId && plan.reading === reading ? window : undefined;
    });
    if (current.some((window) => window !== undefined)) {
      const runner = await runnerOf(fanOut);
      // Shards may be at work where this process cannot see them.
      if (runner === undefined) continue;
      await storeHours(request, plan, current, runner);
    }
    await remove(store, plan);
  }
}

async function storeHours(
  { store }: FanOutRequest,
  plan: ShardPlan,
  current: readonly (ModelWindow | undefined)[],
  runner: ShardRunner,
): Promise<void> {
  try {
    const specsOf = (set: number) => current[set]?.specs;
    for await (const { set, hour, counted } of hoursOf(store, plan, runner, specsOf, () => undefined)) {
      const window = current[set];
      if (window === undefined || counted.files.length === 0) continue;
      const { model, baselineId, specs } = window;
      const identity = { baselineId, hour, reading: plan.reading };
      const stored = await loadHour(store, model, identity, specs);
      const known = new Set(stored?.hour?.files.map(({ key }) => key));
      // Stored before the coordinator was stopped, or by another run.
      if (counted.files.some(({ key }) => known.has(key))) continue;
      const joined = stored?.hour === undefined ? counted : mergeHours(stored.hour, counted);
      await saveHour(store, model, identity, joined, stored?.etag);
    }
  } catch (error) {
    // Another process is at it: what it stores, the next plan finds.
    if (!(error instanceof RunIsOverError || error instanceof ConflictError)) throw error;
  }
}

/** What cannot be removed now, the next run removes. */
async function remove(store: ObjectStore, plan: ShardPlan): Promise<void> {
  try {
    await deleteRun(store, plan);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}
