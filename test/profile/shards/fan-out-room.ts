import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBaseline } from '../../../src/baseline/baseline.ts';
import { generateBaseline } from '../../../src/baseline/generate.ts';
import { loadBaseline, saveBaseline } from '../../../src/baseline/store.ts';
import { configuredModels } from '../../../src/config/judgement.ts';
import { loadConfiguration } from '../../../src/config/load.ts';
import { recordColumns } from '../../../src/config/record-columns.ts';
import { partitionPrefix } from '../../../src/inference-log/partitions.ts';
import { openCountPool } from '../../../src/profile/count-pool.ts';
import { countShard } from '../../../src/profile/shards/count-shard.ts';
import { savePart } from '../../../src/profile/shards/part.ts';
import type { FanOut, ShardRun, ShardRunner } from '../../../src/profile/shards/runner.ts';
import { loadPlan, loadTask, RunIsOverError } from '../../../src/profile/shards/shard-plan.ts';
import { countingSets } from '../../../src/profile/window-request.ts';
import { type DetectRequest, detect, specsOf } from '../../../src/report/detect.ts';
import type { Report } from '../../../src/report/schema.ts';
import { runShard } from '../../../src/report/shard.ts';
import { openWorkspace } from '../../../src/scan/workspace.ts';
import { DirectoryStore } from '../../../src/storage/directory.ts';
import { HOUR_MS } from '../../../src/storage/hour.ts';
import { DEFAULT_LOG_TEMPLATE } from '../../../src/storage/layout.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { objectOf } from '../../scan/read-columns.ts';
import { writeParquet } from '../../scan/write-parquet.ts';

export const LAST = Date.parse('2025-12-24T03:00:00Z');
export const MODELS = ['a', 'b'] as const;

/** Log columns of both models; `seed` changes the values. `more` are further columns. */
export function logQuery(rows: number, seed: number, more = ''): string {
  const uniform = (column: number) =>
    `((hash(r * 1000003 + ${seed} * 7919, ${column}) >> 11)::DOUBLE / 9007199254740992)`;
  return `SELECT CASE WHEN ${uniform(1)} < 0.6 THEN 'a' ELSE 'b' END AS model_name,
    CASE WHEN ${uniform(2)} < 0.05 THEN NULL ELSE ${uniform(3)} * 10 + ${seed} / 7 END AS n0,
    ${uniform(4)} * ${uniform(5)} * 1e6 AS n1,
    floor(${uniform(6)} * 9)::INTEGER AS n2,
    'k' || floor(${uniform(7)} * ${uniform(8)} * 40)::INTEGER AS c0,
    CASE WHEN ${uniform(9)} < 0.02 THEN 'new-' || ${seed} || '-' || (r % 60) ELSE 'v' || (r % 3) END AS c1,
    list_transform(range(6), d -> (${uniform(10)} + d - 2)::FLOAT) AS e0${more}
    FROM range(${rows}) t(r)`;
}

/** A directory storage with two models whose rows are in the same files, and processes that work on it. */
export class FanOutRoom {
  readonly root: string;
  readonly store: DirectoryStore;

  private constructor(root: string) {
    this.root = root;
    this.store = new DirectoryStore(root);
  }

  static async open(): Promise<FanOutRoom> {
    const room = new FanOutRoom(await mkdtemp(join(tmpdir(), 'fan-out-')));
    for (const name of MODELS) await room.train(name, 1);
    return room;
  }

  /** Makes a baseline. The second model watches fewer columns. */
  async train(name: (typeof MODELS)[number], seed: number): Promise<void> {
    const key = `training-data/${name}/v1/a.parquet`;
    const columns = name === 'a' ? '* EXCLUDE (model_name)' : 'n1, c1, n2';
    await this.store.put(key, await writeParquet(`SELECT ${columns} FROM (${logQuery(600, seed)})`));
    const baseline = await generateBaseline({
      model: { name, version: 'v1' },
      sources: [{ name: key, store: this.store, object: await objectOf(this.store, key) }],
      settings: configuration().settings,
      columns: {},
      workers: 1,
      now: () => new Date(0),
      onProgress: () => undefined,
    });
    await saveBaseline(this.store, encodeBaseline(baseline));
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  /** Puts a file into the hour so many hours before the last one. Returns its key. */
  async log(hour: number, name: string, bytes: Uint8Array): Promise<string> {
    const prefix = partitionPrefix(DEFAULT_LOG_TEMPLATE, LAST - hour * HOUR_MS, { name: '', version: '' });
    const key = `${prefix}${name}`;
    await this.store.put(key, bytes);
    return key;
  }

  request(more: Partial<DetectRequest> = {}): DetectRequest {
    return {
      store: this.store,
      logs: this.store,
      models: configuredModels(configuration()),
      settings: configuration().settings,
      at: LAST,
      useStored: false,
      workers: 1,
      now: () => 0,
      version: 'test',
      onProgress: () => undefined,
      ...more,
    };
  }

  /** Reports of all models; throws where there is one that could not be judged. */
  async detect(more: Partial<DetectRequest> = {}): Promise<Report[]> {
    return (await detect(this.request(more))).map((one) => {
      if ('error' in one) throw one.error;
      return one.report;
    });
  }

  /** As the process of a pod does it. */
  async runShard(run: ShardRun, index: number, store: ObjectStore = this.store): Promise<void> {
    const { settings } = configuration();
    await runShard({ store, logs: store, planKey: run.planKey, index, settings, workers: 1 });
  }

  /** As processes of pods do it, without starting threads for each. */
  async countShards(run: ShardRun, indexes: readonly number[]): Promise<void> {
    const { store } = this;
    const plan = await loadPlan(store, run.planKey);
    if (plan === undefined) return;
    const { settings } = configuration();
    const record = recordColumns(settings);
    const windows = await Promise.all(
      plan.windows.map(async ({ model }) => ({
        model,
        specs: specsOf(await loadBaseline(store, model), record, settings.alerts),
      })),
    );
    const sets = countingSets(windows, record);
    const workspace = await openWorkspace(undefined, [store]);
    const pool = openCountPool(sets, record, workspace, 256, 1);
    try {
      const reader = { logs: store, workspace, pool, sets, record };
      for (const index of indexes) {
        await savePart(store, plan, index, await countShard(reader, await loadTask(store, plan, index)));
      }
    } catch (error) {
      // Another coordinator has merged the run: these pods fail, and nobody asks them.
      if (!(error instanceof RunIsOverError)) throw error;
    } finally {
      await pool.close();
      await workspace.close();
    }
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.store.list(prefix)) keys.push(key);
    return keys;
  }
}

function configuration() {
  const config = join(import.meta.dirname, 'two-models.yaml');
  return loadConfiguration({ flags: new Map(), configFile: config, env: {} });
}

export function withoutRun(reports: readonly Report[]): string {
  return JSON.stringify(reports.map(({ run: _, ...report }) => report));
}

/** Counts all shards when they are waited for, one after the other, except those that always fail. */
export class TestRunner implements ShardRunner {
  readonly started: ShardRun[] = [];
  /** Indexes that were counted, run after run. */
  readonly counted: number[] = [];
  readonly #room: FanOutRoom;
  readonly #failing: (index: number) => boolean;

  constructor(room: FanOutRoom, failing: (index: number) => boolean = () => false) {
    this.#room = room;
    this.#failing = failing;
  }

  async start(run: ShardRun): Promise<void> {
    this.started.push(run);
  }

  async ended(run: ShardRun) {
    const causes = new Map<number, string>();
    if (this.started.some(({ runId }) => runId === run.runId)) {
      const indexes = Array.from({ length: run.shards }, (_, index) => index);
      for (const index of indexes.filter(this.#failing)) causes.set(index, 'its pod ran out of memory');
      const others = indexes.filter((index) => !causes.has(index));
      await this.#room.countShards(run, others);
      this.counted.push(...others);
    }
    return { causes, otherwise: 'nobody knows why' };
  }

  fanOut(shardBytes: number, mode: FanOut['mode'] = 'job'): FanOut {
    return {
      mode,
      shardBytes,
      openRunner: async () => this,
      onFallback: (reason) => {
        throw new Error(`not expected: ${reason}`);
      },
    };
  }
}
