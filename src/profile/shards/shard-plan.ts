import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import pMap from 'p-map';
import { z } from 'zod';
import { DriftMonitorError } from '../../errors.ts';
import type { LogFile } from '../../inference-log/list-window.ts';
import type { RowGroupRange } from '../../scan/row-groups.ts';
import { getIfThere } from '../../storage/json-document.ts';
import {
  type ModelId,
  runOfShardPlanKey,
  SHARD_PLANS_PREFIX,
  shardPartsPrefix,
  shardPlanKey,
  shardTasksKey,
  shardTasksPrefix,
} from '../../storage/layout.ts';
import { ConflictError, type ObjectStore } from '../../storage/object-store.ts';

/** A run whose log files are shared among processes. Small: what each shard has to read is in tasks. */
export interface ShardPlan {
  /** Made of everything else: the same work has the same id, whoever plans it. */
  readonly runId: string;
  /** See `readingId`. */
  readonly reading: string;
  /** The counting sets, by position. */
  readonly windows: readonly { readonly model: ModelId; readonly baselineId: string }[];
  readonly shards: number;
}

/** What one shard has to read: files in order of hour and key. */
export interface ShardTask {
  /** Of the logs, as far as they are wanted. */
  readonly bytes: number;
  readonly items: readonly ShardItem[];
}

export interface ShardItem {
  readonly file: LogFile;
  /** Sets that count it. */
  readonly sets: readonly number[];
  /** Absent where the whole file is meant. */
  readonly piece?: FilePiece;
}

/** Some row groups of a file and of each of the item's sets some columns, as positions among its specs. */
export interface FilePiece {
  readonly rowGroups: RowGroupRange;
  readonly columns: readonly (readonly number[])[];
}

/** Another format is another program's: it is left alone. */
const FORMAT = 1;
/** Each shard reads one page of tasks: with all tasks in one, many shards would read much. */
const TASKS_A_PAGE = 100;
/** Requests to the storage at once. */
const REQUESTS = 16;

const position = z.int().min(0);
const planSchema = z.object({
  format: z.literal(FORMAT),
  reading: z.string(),
  windows: z.array(z.object({ model: z.object({ name: z.string(), version: z.string() }), baselineId: z.string() })),
  shards: z.int().min(1),
});
const tasksSchema = z.array(
  z.object({
    bytes: position,
    items: z.array(
      z.object({
        hour: z.int(),
        key: z.string(),
        etag: z.string(),
        size: position,
        sets: z.array(position),
        piece: z.object({ rowGroups: z.tuple([position, position]), columns: z.array(z.array(position)) }).optional(),
      }),
    ),
  }),
);
type StoredTasks = z.infer<typeof tasksSchema>;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export function planOf(
  storeUrl: string,
  { reading, windows }: Pick<ShardPlan, 'reading' | 'windows'>,
  tasks: readonly ShardTask[],
): ShardPlan {
  const hash = createHash('sha256').update(JSON.stringify([FORMAT, storeUrl, reading, windows]));
  for (const task of tasks) hash.update(JSON.stringify(storedTask(task)));
  return { runId: hash.digest('hex').slice(0, 16), reading, windows, shards: tasks.length };
}

/** Writes the tasks, then the plan: where it is, everything is. Writing it again changes nothing. */
export async function savePlan(store: ObjectStore, plan: ShardPlan, tasks: readonly ShardTask[]): Promise<void> {
  const { runId, ...rest } = plan;
  const pages = Array.from({ length: Math.ceil(tasks.length / TASKS_A_PAGE) }, (_, page) => page);
  await pMap(
    pages,
    async (page) => {
      const ofPage = tasks.slice(page * TASKS_A_PAGE, (page + 1) * TASKS_A_PAGE).map(storedTask);
      await store.put(shardTasksKey(runId, page), await compress(JSON.stringify(ofPage)));
    },
    { concurrency: REQUESTS },
  );
  const stored: z.infer<typeof planSchema> = { format: FORMAT, ...rest, windows: [...rest.windows] };
  try {
    await store.put(shardPlanKey(runId), await compress(JSON.stringify(stored)), { ifNoneMatch: '*' });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

function storedTask({ bytes, items }: ShardTask): StoredTasks[number] {
  return {
    bytes,
    items: items.map(({ file: { hour, object }, sets, piece }) => {
      const { key, etag, size } = object;
      const stored = { hour, key, etag, size, sets: [...sets] };
      if (piece === undefined) return stored;
      const [from, to] = piece.rowGroups;
      return { ...stored, piece: { rowGroups: [from, to], columns: piece.columns.map((columns) => [...columns]) } };
    }),
  };
}

/** The plan of a key; undefined where there is none, or one of another format. */
export async function loadPlan(store: ObjectStore, key: string): Promise<ShardPlan | undefined> {
  const runId = runOfShardPlanKey(key);
  const bytes = runId === undefined ? undefined : (await getIfThere(store, key))?.bytes;
  if (runId === undefined || bytes === undefined) return undefined;
  const json = await decompress(bytes).catch(() => Buffer.from('null'));
  const parsed = planSchema.safeParse(JSON.parse(json.toString('utf8')));
  return parsed.success ? { runId, ...parsed.data } : undefined;
}

/** The plans of runs that are under way, or were cut off. */
export async function listPlans(store: ObjectStore): Promise<ShardPlan[]> {
  const plans: ShardPlan[] = [];
  for await (const { key } of store.list(SHARD_PLANS_PREFIX)) {
    const plan = await loadPlan(store, key);
    if (plan !== undefined) plans.push(plan);
  }
  return plans;
}

/** Another process has ended the run and removed what belongs to it. */
export class RunIsOverError extends DriftMonitorError {
  override name = 'RunIsOverError';
}

/** Rejects with `RunIsOverError` where it is. Tasks are what goes first. */
export async function assertNotOver(store: ObjectStore, plan: ShardPlan): Promise<void> {
  await loadPage(store, plan, 0);
}

/** The task of one shard. Rejects with `RunIsOverError`, as everything here does. */
export async function loadTask(store: ObjectStore, plan: ShardPlan, index: number): Promise<ShardTask> {
  const task = (await loadPage(store, plan, Math.floor(index / TASKS_A_PAGE)))[index % TASKS_A_PAGE];
  if (task === undefined) throw new RangeError(`the plan has no shard ${index}`);
  return task;
}

/** All tasks in order, a page at a time. */
export async function* loadTasks(store: ObjectStore, plan: ShardPlan): AsyncGenerator<ShardTask> {
  for (let page = 0; page * TASKS_A_PAGE < plan.shards; page++) {
    yield* await loadPage(store, plan, page);
  }
}

async function loadPage(store: ObjectStore, { runId }: ShardPlan, page: number): Promise<ShardTask[]> {
  const bytes = (await getIfThere(store, shardTasksKey(runId, page)))?.bytes;
  if (bytes === undefined)
    throw new RunIsOverError(`the run ${runId} of shards is over: another process has merged and removed it`);
  const stored = tasksSchema.parse(JSON.parse((await decompress(bytes)).toString('utf8')));
  return stored.map(({ bytes, items }) => ({
    bytes,
    items: items.map(({ hour, sets, piece, ...object }) => ({
      file: { hour, object },
      sets,
      ...(piece !== undefined && { piece }),
    })),
  }));
}

/**
 * Deletes everything of a run: the tasks first, so that who misses a part knows why, and the plan last, so that a clean-up that
 * was cut off is done again by the next run.
 */
export async function deleteRun(store: ObjectStore, { runId }: ShardPlan): Promise<void> {
  for (const prefix of [shardTasksPrefix(runId), shardPartsPrefix(runId)]) {
    await pMap(store.list(prefix), ({ key }) => store.delete(key), { concurrency: REQUESTS });
  }
  await store.delete(shardPlanKey(runId));
}
