import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBaseline } from '../../src/baseline/baseline.ts';
import { generateBaseline } from '../../src/baseline/generate.ts';
import { saveBaseline } from '../../src/baseline/store.ts';
import { configuredModels } from '../../src/config/judgement.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { encodeParquet } from '../../src/inference-log/parquet.ts';
import { partitionPrefix } from '../../src/inference-log/partitions.ts';
import { type DetectRequest, detect } from '../../src/report/detect.ts';
import type { Report } from '../../src/report/schema.ts';
import { normalOf as normal, uniform } from '../../src/statistics/random.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { DEFAULT_LOG_TEMPLATE, hourProfileKey } from '../../src/storage/layout.ts';
import { type ObjectStore, StorageError } from '../../src/storage/object-store.ts';

const MODEL = { name: 'm', version: 'v1' };
const LAST = Date.parse('2025-12-24T03:00:00Z');
const HOURS = 4;

let root: string;
let store: DirectoryStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'drift-incremental-'));
  store = new DirectoryStore(root);
  await store.put('training-data/m/v1/a.parquet', await rows(600, 1));
  const objects = [];
  for await (const object of store.list('training-data/')) objects.push({ name: object.key, store, object });
  const configuration = configurationOf();
  const baseline = await generateBaseline({
    model: MODEL,
    sources: objects,
    settings: configuration.settings,
    columns: {},
    workers: 1,
    now: () => new Date(0),
    onProgress: () => undefined,
  });
  await saveBaseline(store, encodeBaseline(baseline));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function configurationOf() {
  const flags = new Map([
    ['modelName', MODEL.name],
    ['modelVersion', MODEL.version],
    ['analysisWindowHours', String(HOURS)],
  ] as const);
  return loadConfiguration({ flags, configFile: undefined, env: {} });
}

/** Parquet with a number, an integer, a category with a rare tail, an embedding and some missing values. */
async function rows(count: number, seed: number): Promise<Uint8Array> {
  const random = uniform(seed);
  const z = normal(random);
  const table = Array.from({ length: count }, () => ({
    number: random() < 0.05 ? null : z() * 3 + seed / 7,
    whole: Math.floor(random() * 9),
    kind: `k${Math.floor(random() ** 3 * 30)}${random() < 0.01 ? seed : ''}`,
    vector: Float32Array.from({ length: 6 }, () => z() + 1),
    prediction: random(),
  }));
  return await encodeParquet(table);
}

function keyOf(hour: number, file: number): string {
  return `${partitionPrefix(DEFAULT_LOG_TEMPLATE, LAST - hour * HOUR_MS, MODEL)}part-${file}.parquet`;
}

function requestOf(results: ObjectStore, useStored: boolean): DetectRequest {
  const configuration = configurationOf();
  return {
    store: results,
    logs: store,
    models: configuredModels(configuration),
    settings: configuration.settings,
    at: LAST,
    useStored,
    workers: 1,
    now: () => 0,
    version: 'test',
    onProgress: () => undefined,
  };
}

async function run(results: ObjectStore = store, useStored = true): Promise<Report> {
  const [detected] = await detect(requestOf(results, useStored));
  if (detected === undefined || 'error' in detected) throw detected?.error ?? new Error('nothing was detected');
  return detected.report;
}

function withoutRun({ run: _, ...report }: Report): string {
  return JSON.stringify(report);
}

/** As `target` itself would be asked for it: private fields are not reached through a proxy. */
function memberOf(target: DirectoryStore, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target);
  return typeof member === 'function' ? member.bind(target) : member;
}

/** Fails at the n-th write, as if the process were killed there. */
function killedAt(writes: number): ObjectStore {
  let left = writes;
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'put') return memberOf(target, name);
      return async (...args: Parameters<ObjectStore['put']>) => {
        if (left === 0) throw new Error('killed');
        left -= 1;
        return await target.put(...args);
      };
    },
  });
}

describe('a run over stored hour profiles', () => {
  test('reads each log file once, and again only what was rewritten', async () => {
    await store.put(keyOf(0, 0), await rows(200, 2));
    await store.put(keyOf(1, 0), await rows(200, 3));
    expect((await run()).run).toMatchObject({ hoursKept: 0, hoursUpdated: 2, filesRead: 2 });
    expect((await run()).run).toMatchObject({ hoursKept: 2, hoursUpdated: 0, filesRead: 0 });

    await store.put(keyOf(1, 1), await rows(50, 4));
    expect((await run()).run).toMatchObject({ hoursKept: 1, hoursUpdated: 1, filesRead: 1 });

    await store.put(keyOf(1, 0), await rows(60, 5));
    const { run: work, rows: counted, inputs } = await run();
    expect(work).toMatchObject({ hoursKept: 1, hoursUpdated: 1, filesRead: 2 });
    expect([counted, inputs.files]).toEqual([310, 3]);

    await store.delete(keyOf(1, 0));
    await store.delete(keyOf(1, 1));
    expect((await run()).rows).toBe(200);
  });

  test('does not read an unreadable file twice, and keeps telling of it', async () => {
    await store.put(keyOf(0, 0), await rows(200, 2));
    await store.put(keyOf(0, 1), Buffer.from('no Parquet at all'));
    const first = await run();
    const second = await run();
    expect(second.run).toMatchObject({ hoursKept: 1, filesRead: 0 });
    expect(second.inputs.skipped).toEqual(first.inputs.skipped);
    expect(second.findings).toMatchObject([{ code: 'unreadable-file', file: keyOf(0, 1) }]);
  });

  test('counts an hour again whose profile is damaged or of another format', async () => {
    await store.put(keyOf(0, 0), await rows(200, 2));
    const report = await run();
    const key = hourProfileKey(MODEL, report.baseline.id, LAST);
    await store.put(key, Buffer.from('not even gzip'));
    const again = await run();
    expect(again.run).toMatchObject({ hoursUpdated: 1, filesRead: 1 });
    expect(withoutRun(again)).toBe(withoutRun(report));
    expect((await run()).run).toMatchObject({ hoursKept: 1 });
  });

  test('that a storage stops in the middle takes nothing for damaged', async () => {
    for (const hour of [0, 1, 2, 3]) await store.put(keyOf(hour, 0), await rows(2000, 30 + hour));
    let ranges = 0;
    const failing = new Proxy(store, {
      get(target, name) {
        // Read as if remote, so that each file is fetched.
        if (name === 'localPath' || name === 'localRoot') return undefined;
        if (name !== 'getRange') return memberOf(target, name);
        return async (...args: Parameters<ObjectStore['getRange']>) => {
          ranges += 1;
          if (ranges === 3) throw new StorageError('no answer');
          return await target.getRange(...args);
        };
      },
    });
    const [failed] = await detect({ ...requestOf(store, true), logs: failing, workers: 2 });
    expect(failed).toMatchObject({ error: { message: 'no answer' } });
    const report = await run();
    expect([report.rows, report.inputs.skipped]).toEqual([8000, []]);
  });

  test('two at once leave the same profile as one', async () => {
    for (const file of [0, 1, 2]) await store.put(keyOf(0, file), await rows(100, 10 + file));
    await run();
    await store.put(keyOf(0, 3), await rows(100, 20));
    const reports = await Promise.all([run(), run(), run()]);
    const fresh = withoutRun(await run(store, false));
    for (const report of reports) expect(withoutRun(report)).toBe(fresh);
    expect(withoutRun(await run())).toBe(fresh);
  });

  test('gives the bytes of a run from scratch after any history of late, rewritten and removed files and killed runs', async () => {
    const step = fc.record({
      hour: fc.integer({ min: 0, max: HOURS - 1 }),
      file: fc.integer({ min: 0, max: 2 }),
      // 0 removes the file
      rows: fc.constantFrom(0, 1, 40, 250),
      seed: fc.integer({ min: 2, max: 500 }),
      killAtWrite: fc.option(fc.integer({ min: 0, max: 5 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (history) => {
        for (const { hour, file, rows: count, seed, killAtWrite } of history) {
          if (count === 0) await store.delete(keyOf(hour, file));
          else await store.put(keyOf(hour, file), await rows(count, seed));
          if (killAtWrite !== null) await run(killedAt(killAtWrite)).catch(() => undefined);
          else await run();
        }
        expect(withoutRun(await run())).toBe(withoutRun(await run(store, false)));
      }),
      { numRuns: 12, seed: 7 },
    );
  }, 120_000);
});

test('a report carries thresholds of single columns where they differ, and only there', async () => {
  const request = requestOf(store, true);
  const columns = { number: { psiThreshold: 0.7 }, vector: { ksThreshold: 0.4 }, kind: { psiThreshold: 0.2 } };
  const models = request.models.map((one) => ({ ...one, judgement: { ...one.judgement, columns } }));
  const [detected] = await detect({ ...request, models });
  const report = detected && 'report' in detected ? detected.report : undefined;
  const signals = [...(report?.features ?? []), ...(report?.embeddings ?? [])];
  const own = signals.flatMap(({ name, thresholds }) => (thresholds ? [[name, thresholds]] : []));
  expect(own).toEqual([
    ['number', { psi: 0.7, distance: 0.2 }],
    ['vector', { psi: 0.2, distance: 0.4 }],
  ]);
});
