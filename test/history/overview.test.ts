import { expect, test } from 'vitest';
import { loadOverview, type OverviewEntry, updateOverview } from '../../src/history/overview.ts';
import { type OverviewRun, packRuns, unpackRuns } from '../../src/history/packed-runs.ts';
import { appendHistory } from '../../src/history/store.ts';
import { throughProcess, VersionedStore } from '../alerting/versioned-store.ts';
import { aLine, aLineOf, START } from './a-line.ts';

const noSleep = () => new Promise<void>((resolve) => setImmediate(resolve));
const NOW = START + 200 * 3_600_000;
const KEY = 'drift-reports/index.json';

async function add(store: VersionedStore, name: string, hour: number, changes = {}): Promise<void> {
  const line = aLine(hour, changes);
  await appendHistory(store, name, line);
  await updateOverview(store, [{ name, line }], Math.max(NOW, Date.parse(line.startedAt)));
}

const runsOf = (entry: OverviewEntry | undefined) => (entry === undefined ? [] : unpackRuns(entry.runs));
const hoursOf = (entry: OverviewEntry | undefined) => runsOf(entry).map(([hour]) => hour - START / 3_600_000);

test('each model version has its latest run and the runs of seven days, a repeated one once', async () => {
  const store = new VersionedStore();
  for (const hour of [0, 1, 170, 171, 171]) await add(store, 'churn', hour, { rows: hour });
  await add(store, 'churn', 171, { version: 'v2' });
  await add(store, 'age', 3);
  const { models } = await loadOverview(store);
  expect(models.map(({ name, version }) => `${name} ${version}`)).toEqual(['age v1', 'churn v1', 'churn v2']);
  expect(hoursOf(models[1])).toEqual([170, 171]);
  expect(models[1]?.latest).toMatchObject({ hour: '2025-12-31T03:00:00.000Z', rows: 171 });
});

test('a run of the past is among the runs, and not the latest', async () => {
  const store = new VersionedStore();
  await add(store, 'churn', 30, { rows: 30 });
  await add(store, 'churn', 20, { rows: 20, status: 'drift' });
  const [churn] = (await loadOverview(store)).models;
  expect(churn?.latest.rows).toBe(30);
  expect(runsOf(churn).map(([, status]) => status)).toEqual(['drift', 'no-drift']);
});

test('twenty runs at once are all in it', async () => {
  const store = new VersionedStore();
  const slow = throughProcess(store, { before: noSleep, after: noSleep });
  const runs = Array.from({ length: 20 }, (_, index) => ({ name: `model-${index % 4}`, line: aLine(index) }));
  await Promise.all(runs.map((run) => updateOverview(slow, [run], NOW, noSleep)));
  const { models } = await loadOverview(store);
  expect(models.map((entry) => runsOf(entry).length)).toEqual([5, 5, 5, 5]);
});

test.each(['{"form', '{}', '[]'])('what cannot be read (%s) is made anew from history', async (damaged) => {
  const store = new VersionedStore();
  for (const hour of [0, 1, 2]) await add(store, 'churn', hour);
  await store.put(KEY, Buffer.from(damaged));
  await add(store, 'churn', 3);
  expect(hoursOf((await loadOverview(store)).models[0])).toEqual([0, 1, 2, 3]);
});

test('a model that was not judged for 90 days is forgotten', async () => {
  const store = new VersionedStore();
  await add(store, 'old', 0);
  await add(store, 'young', 91 * 24);
  expect((await loadOverview(store)).models.map(({ name }) => name)).toEqual(['young']);
});

test('a window of long ago that is judged today is there beside those of today, and pushes none of them out', async () => {
  const store = new VersionedStore();
  const today = 300 * 24;
  const startedAt = new Date(START + today * 3_600_000).toISOString();
  await add(store, 'demo', 0, { startedAt });
  await add(store, 'churn', today - 1);
  await add(store, 'demo', 1, { startedAt });
  const { models } = await loadOverview(store);
  expect(models.map(({ name }) => name)).toEqual(['churn', 'demo']);
  expect(hoursOf(models[1])).toEqual([0, 1]);
});

test('a window of a future that a wrong clock has seen is forgotten, and hides neither other models nor its own runs', async () => {
  const store = new VersionedStore();
  await add(store, 'churn', 3);
  await add(store, 'age', 3);
  await add(store, 'churn', 10_000);
  const line = aLine(4);
  await appendHistory(store, 'churn', line);
  await updateOverview(
    store,
    [
      { name: 'churn', line },
      { name: 'age', line },
    ],
    NOW,
  );
  const { models } = await loadOverview(store);
  expect(models.map(({ name }) => name)).toEqual(['age', 'churn']);
  expect(hoursOf(models[1])).toEqual([3, 4]);
});

test('an entry that is damaged or forged hides no other', async () => {
  const store = new VersionedStore();
  await add(store, 'churn', 3);
  const { models } = await loadOverview(store);
  const forged = [{ ...models[0], name: 'x; rm -rf ~' }, { ...models[0], version: '../..' }, 7];
  await store.put(KEY, Buffer.from(JSON.stringify({ format: 1, models: [...forged, ...models] })));
  expect((await loadOverview(store)).models).toEqual(models);
});

test('packed runs are what they were, to a thousandth', () => {
  const runs: OverviewRun[] = [
    [490_000, 'drift', 0.312],
    [490_003, 'no-data', 0],
    [490_004, 'insufficient-data', 0],
    [490_167, 'no-drift', 1],
  ];
  expect(unpackRuns(packRuns(runs))).toEqual(runs);
});

test('a thousand models take less than 2 MB, and the one that was judged longest ago makes room for another', async () => {
  const store = new VersionedStore();
  const runs = Array.from({ length: 1001 * 168 }, (_, index) => {
    const model = Math.floor(index / 168);
    const startedAt = new Date(START + model * 1000).toISOString();
    const changes = { startedAt, driftScore: (index % 1000) / 1000, status: 'drift' } as const;
    return { name: `a-model-with-a-name-of-some-length-${model}`, line: aLine(index % 168, changes) };
  });
  await updateOverview(store, runs, NOW);
  const { models } = await loadOverview(store);
  expect(models).toHaveLength(1000);
  expect(models.some(({ name }) => name.endsWith('-0'))).toBe(false);
  expect(store.objects.get(KEY)?.bytes.length).toBeLessThan(2e6);
});

test('it holds no signal: a week of a model takes less than 1.5 KiB, whatever its features', async () => {
  const store = new VersionedStore();
  const signals = Array.from({ length: 500 }, (_, index) => [`feature ${index}`, 0.123456] as const);
  const runs = Array.from({ length: 168 }, (_, hour) => ({
    name: 'churn',
    line: { ...aLineOf(hour, signals), driftScore: 1 / 3 },
  }));
  await updateOverview(store, runs, NOW);
  expect(store.objects.get(KEY)?.bytes.length).toBeLessThan(1536);
});
