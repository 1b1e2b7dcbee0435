import { loadBaseline } from '../baseline/store.ts';
import { recordColumns } from '../config/record-columns.ts';
import type { Settings } from '../config/settings.ts';
import { DriftMonitorError } from '../errors.ts';
import { openCountPool } from '../profile/count-pool.ts';
import { countShard } from '../profile/shards/count-shard.ts';
import { isFinished, savePart } from '../profile/shards/part.ts';
import { loadPlan, loadTask } from '../profile/shards/shard-plan.ts';
import { countingSets, readingId } from '../profile/window-request.ts';
import { openWorkspace } from '../scan/workspace.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { specsOf } from './detect.ts';

export interface ShardRequest {
  readonly store: ObjectStore;
  readonly logs: ObjectStore;
  /** Of the plan in `store`. */
  readonly planKey: string;
  readonly index: number;
  readonly settings: Settings;
  readonly workers: number;
}

/** What came of a shard: its part is stored now, or was before. */
export type ShardOutcome = { readonly counted: boolean; readonly files: number; readonly bytesFetched: number };

/** Counts one shard of a plan that `detect` has written, and stores its part. Done before, it does nothing. */
export async function runShard(request: ShardRequest): Promise<ShardOutcome> {
  const { store, logs, planKey, index, settings, workers } = request;
  const plan = await loadPlan(store, planKey);
  if (plan === undefined) {
    throw new DriftMonitorError(
      `there is no plan ${planKey} of this version in ${store.url}: the run that wrote it is over, or uses another storage`,
    );
  }
  if (index >= plan.shards) {
    throw new DriftMonitorError(`${planKey} has ${plan.shards} shards, and so none with index ${index}`);
  }
  if (await isFinished(store, plan, index)) return { counted: false, files: 0, bytesFetched: 0 };
  const record = recordColumns(settings);
  const { alerts, logPathTemplate: template } = settings;
  if (plan.reading !== readingId({ record, okStatuses: alerts.okStatuses, logs, template })) {
    throw new DriftMonitorError(
      `${planKey} was made with other settings than these (storage of the logs, path template, column names or okStatuses); give each pod of a run the same`,
    );
  }
  const windows = await Promise.all(
    plan.windows.map(async ({ model, baselineId }) => {
      const baseline = await loadBaseline(store, model);
      if (baseline.id === baselineId) return { model, specs: specsOf(baseline, record, alerts) };
      throw new DriftMonitorError(
        `the baseline of ${model.name} ${model.version} has been replaced since ${planKey} was made; the next run uses the new one`,
      );
    }),
  );
  const task = await loadTask(store, plan, index);
  const sets = countingSets(windows, record);
  const workspace = await openWorkspace(settings.tempDirectory, [logs]);
  const pool = openCountPool(sets, record, workspace, settings.memoryLimitMib, workers);
  try {
    const part = await countShard({ logs, workspace, pool, sets, record }, task);
    await savePart(store, plan, index, part);
    return { counted: true, files: task.items.length, bytesFetched: part.bytesFetched };
  } finally {
    await pool.close();
    await workspace.close();
  }
}
