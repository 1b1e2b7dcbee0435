import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeBaseline } from '../../src/baseline/baseline.ts';
import { generateBaseline } from '../../src/baseline/generate.ts';
import { loadBaseline, saveBaseline } from '../../src/baseline/store.ts';
import { configuredModels } from '../../src/config/judgement.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { partitionPrefix } from '../../src/inference-log/partitions.ts';
import { detect } from '../../src/report/detect.ts';
import { type Report, reportSchema } from '../../src/report/schema.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { baselineKey, DEFAULT_LOG_TEMPLATE } from '../../src/storage/layout.ts';
import { objectOf } from '../scan/read-columns.ts';
import { writeParquet } from '../scan/write-parquet.ts';

const MODEL = { name: 'm', version: 'v1' };
const LAST = Date.parse('2025-12-24T03:00:00Z');

let root: string;
let store: DirectoryStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'embeddings-'));
  store = new DirectoryStore(root);
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function configurationOf(env: Record<string, string>) {
  const flags = new Map([
    ['modelName', MODEL.name],
    ['modelVersion', MODEL.version],
    ['analysisWindowHours', '4'],
  ] as const);
  return loadConfiguration({ flags, configFile: undefined, env });
}

async function train(query: string, env: Record<string, string> = {}) {
  const key = 'training-data/m/v1/a.parquet';
  await store.put(key, await writeParquet(query));
  const baseline = await generateBaseline({
    model: MODEL,
    sources: [{ name: key, store, object: await objectOf(store, key) }],
    settings: configurationOf(env).settings,
    columns: {},
    workers: 1,
    now: () => new Date(0),
    onProgress: () => undefined,
  });
  await saveBaseline(store, encodeBaseline(baseline));
  return baseline;
}

async function log(hour: number, file: string, query: string): Promise<void> {
  const prefix = partitionPrefix(DEFAULT_LOG_TEMPLATE, LAST - hour * HOUR_MS, MODEL);
  await store.put(`${prefix}${file}.parquet`, await writeParquet(query));
}

async function report(env: Record<string, string> = {}, useStored = false): Promise<Report> {
  const configuration = configurationOf(env);
  const [detected] = await detect({
    store,
    logs: store,
    models: configuredModels(configuration),
    settings: configuration.settings,
    at: LAST,
    useStored,
    workers: 2,
    now: () => 0,
    version: 'test',
    onProgress: () => undefined,
  });
  if (detected === undefined || 'error' in detected) throw detected?.error ?? new Error('nothing was detected');
  return detected.report;
}

/** A normal number of row `r` and coordinate `d`. */
const normal = (seed: number) => {
  const uniform = (salt: number) => `((hash('${seed} ${salt} ' || r || ' ' || d) >> 11)::DOUBLE / 9007199254740992)`;
  return `sqrt(-2 * ln(1 - ${uniform(0)})) * cos(2 * pi() * ${uniform(1000)})`;
};

const vector = (dimension: number, seed: number, shift = 0) =>
  `list_transform(range(${dimension}), d -> ${normal(seed)} + CASE WHEN d = 0 THEN 3 + ${shift} ELSE 0 END)`;

describe('an embedding', () => {
  test('is compared whatever type of list it is logged as, and several in one log each by itself', async () => {
    const columns = (types: readonly string[], rows: number, seed: number, shift = 0) =>
      `SELECT ${vector(4, seed)}::${types[0]} AS a, ${vector(8, seed + 1, shift)}::${types[1]} AS b FROM range(${rows}) t(r)`;
    await train(columns(['FLOAT[]', 'DOUBLE[]'], 2000, 1));
    await log(0, 'lists', columns(['DOUBLE[]', 'FLOAT[8]'], 300, 10));
    await log(1, 'fixed', columns(['FLOAT[4]', 'DOUBLE[8]'], 300, 20));
    await log(1, 'floats', columns(['FLOAT[]', 'FLOAT[]'], 300, 30));
    const same = await report();
    expect(same.embeddings.map(({ name, verdict, rows }) => [name, verdict, rows.window])).toEqual([
      ['a', 'none', 900],
      ['b', 'none', 900],
    ]);
    expect(same.findings).toEqual([]);
    await log(0, 'lists', columns(['DOUBLE[]', 'FLOAT[8]'], 2000, 10, 2));
    const moved = await report();
    expect(moved.embeddings.map(({ verdict }) => verdict)).toEqual(['none', 'drift']);
    reportSchema.parse(moved);
  });

  test('says which components moved, with their share of the shift, and measures as a whole with their null', async () => {
    const spread = (seed: number, shift: number) =>
      `SELECT list_transform(range(40), d -> ${normal(seed)} * CASE WHEN d = 3 THEN 5 ELSE 1 END + CASE WHEN d = 3 THEN ${shift} ELSE 1 END) AS e`;
    await train(`${spread(1, 0)} FROM range(3000) t(r)`);
    await log(0, 'a', `${spread(9, 5)} FROM range(1000) t(r)`);
    const [entry] = (await report()).embeddings;
    const [first, ...others] = entry?.components ?? [];
    expect(first).toMatchObject({ component: 1, moved: true });
    expect(first?.shareOfShift).toBeGreaterThan(0.9);
    expect(others.some(({ moved }) => moved)).toBe(false);
    expect(entry?.reasons[0]).toMatch(/^component 1: PSI/);
    expect(entry?.shift?.inSpreads).toBeCloseTo(5 / Math.sqrt(39 + 25), 1);
    for (const { name, value, nullQuantile, pValue } of entry?.statistics ?? []) {
      expect([name, (value ?? 0) > (nullQuantile ?? 1), (pValue ?? 1) < 0.01]).toEqual([name, true, true]);
    }
    expect(entry?.statistics).toHaveLength(7);
  });

  test('finds rows that are no usable vector, counts them, and keeps them out', async () => {
    await train(`SELECT ${vector(3, 1)} AS e FROM range(1000) t(r)`);
    await log(
      0,
      'a',
      `SELECT CASE r WHEN 0 THEN [1.0, 2]::DOUBLE[] WHEN 1 THEN [1.0, 2, 3, 4] WHEN 2 THEN [1.0, NULL, 2] WHEN 3 THEN [1.0, 'nan'::DOUBLE, 2]
        WHEN 4 THEN [0.0, 0, 0] WHEN 5 THEN [1.0, 2, 'inf'::DOUBLE] WHEN 6 THEN [1.0, 2, 1e300] WHEN 7 THEN []::DOUBLE[]
        WHEN 8 THEN NULL ELSE ${vector(3, 2)} END AS e FROM range(600) t(r)`,
    );
    const { findings, embeddings } = await report();
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^column 'e': no usable vector in 8 rows/),
    ]);
    expect(embeddings[0]).toMatchObject({ verdict: 'none', rows: { window: 600 } });
    expect(embeddings[0]?.shift?.inSpreads).toBeLessThan(0.2);
  });

  test('is not watched with one dimension or more than 4,096', async () => {
    const long = 'list_transform(range(5000), d -> d::FLOAT)';
    const { leftOut, columns } = await train(`SELECT [r::DOUBLE] AS one, ${long} AS long, r AS x FROM range(200) t(r)`);
    expect(columns.map(({ spec }) => spec.name)).toEqual(['x']);
    expect(leftOut.map(({ name, reason }) => [name, reason])).toEqual([
      ['one', 'lists of 1 numbers: embeddings have 2 to 4096 dimensions'],
      ['long', 'lists of 5000 numbers: embeddings have 2 to 4096 dimensions'],
    ]);
  });
});

describe('examples of an embedding', () => {
  const env = { DRIFT_ROW_NAME_COLUMN: 'title' };
  const named = (name: string, seed: number, rows: number, shift = 0) =>
    `SELECT ${name} AS title, ${vector(4, seed, shift)} AS e FROM range(${rows}) t(r)`;

  test('are the rows least and most like the training data, by the text that the configuration names', async () => {
    await train(named("'t' || r", 1, 2000), env);
    await log(0, 'a', named("'usual ' || r", 2, 200));
    await log(1, 'b', named("CASE WHEN r < 3 THEN 'odd ' || r || repeat('x', 1000) ELSE '\u001b[31m' END", 3, 8, 40));
    const { embeddings, findings } = await report(env);
    const { examples } = embeddings[0] ?? {};
    expect(examples?.leastAlike.map(({ name }) => name.slice(0, 5)).toSorted()).toEqual(
      ['\u001b[31m', 'odd 0', 'odd 1', 'odd 2', 'usual'].toSorted(),
    );
    expect(Math.max(...(examples?.leastAlike ?? []).map(({ name }) => name.length))).toBe(200);
    expect(examples?.mostAlike.every(({ name }) => name.startsWith('usual'))).toBe(true);
    expect(examples?.mostAlike).toHaveLength(5);
    expect(findings).toEqual([]);
  });

  test('are the same from stored hours, whatever the order in which files came', async () => {
    await train(named("'t' || r", 1, 1000), env);
    for (const [hour, file, seed] of [
      [0, 'b', 5],
      [1, 'a', 6],
      [0, 'a', 7],
    ] as const) {
      await log(hour, file, named(`'${file} ${hour} ' || r`, seed, 400, 1));
      await report(env, true);
    }
    const { run: _, ...stored } = await report(env, true);
    const { run: __, ...fresh } = await report(env);
    expect(JSON.stringify(stored)).toBe(JSON.stringify(fresh));
    expect(stored.embeddings[0]?.examples?.leastAlike).toHaveLength(5);
  });

  test('are not there without the setting', async () => {
    await train(named("'t' || r", 1, 1000));
    await log(0, 'a', named("'usual ' || r", 2, 200));
    expect((await report()).embeddings[0]?.examples).toBeUndefined();
  });
});

describe('a baseline of an older program', () => {
  test('has to be made again where it watches an embedding, and is read where it does not', async () => {
    const older = async () => {
      const document = JSON.parse(Buffer.from((await store.get(baselineKey(MODEL))).bytes).toString('utf8'));
      await store.put(baselineKey(MODEL), Buffer.from(JSON.stringify({ ...document, format: 1 })));
    };
    await train(`SELECT ${vector(3, 1)} AS e FROM range(500) t(r)`);
    await older();
    await expect(loadBaseline(store, MODEL)).rejects.toThrow(
      /made by an older program, .* it has to be made again: make one with: drift-monitor baseline generate/,
    );
    await train('SELECT sin(r) AS x FROM range(500) t(r)');
    await older();
    expect((await loadBaseline(store, MODEL)).columns).toHaveLength(1);
  });
});
