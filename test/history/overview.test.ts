import { expect, test } from 'vitest';
import { loadOverview, updateOverview } from '../../src/history/overview.ts';
import { appendHistory } from '../../src/history/store.ts';
import { throughProcess, VersionedStore } from '../alerting/versioned-store.ts';
import { aLine, aLineOf } from './a-line.ts';

const noSleep = () => new Promise<void>((resolve) => setImmediate(resolve));
const KEY = 'drift-reports/index.json';

async function add(store: VersionedStore, name: string, hour: number, changes = {}): Promise<void> {
  const line = aLine(hour, changes);
  await appendHistory(store, name, line);
  await updateOverview(store, [{ name, line }]);
}

const hoursOf = (runs: readonly (readonly [number, string, number])[] = []) =>
  runs.map(([hour]) => hour - Date.parse('2025-12-24T00:00:00Z') / 3_600_000);

test('each model version has its latest run and the runs of seven days, a repeated one once', async () => {
  const store = new VersionedStore();
  for (const hour of [0, 1, 170, 171, 171]) await add(store, 'churn', hour, { rows: hour });
  await add(store, 'churn', 171, { version: 'v2' });
  await add(store, 'age', 3);
  const { models } = await loadOverview(store);
  expect(models.map(({ name, version }) => `${name} ${version}`)).toEqual(['age v1', 'churn v1', 'churn v2']);
  expect(hoursOf(models[1]?.runs)).toEqual([170, 171]);
  expect(models[1]?.latest).toMatchObject({ hour: '2025-12-31T03:00:00.000Z', rows: 171 });
});

test('a run of the past is among the runs, and not the latest', async () => {
  const store = new VersionedStore();
  await add(store, 'churn', 30, { rows: 30 });
  await add(store, 'churn', 20, { rows: 20, status: 'drift' });
  const [churn] = (await loadOverview(store)).models;
  expect(churn?.latest.rows).toBe(30);
  expect(churn?.runs.map(([, status]) => status)).toEqual(['drift', 'no-drift']);
});

test('twenty runs at once are all in it', async () => {
  const store = new VersionedStore();
  const slow = throughProcess(store, { before: noSleep, after: noSleep });
  const runs = Array.from({ length: 20 }, (_, index) => ({ name: `model-${index % 4}`, line: aLine(index) }));
  await Promise.all(runs.map((run) => updateOverview(slow, [run], noSleep)));
  const { models } = await loadOverview(store);
  expect(models.map(({ runs: { length } }) => length)).toEqual([5, 5, 5, 5]);
});

test.each(['{"form', '{}', '[]'])('what cannot be read (%s) is made anew from history', async (damaged) => {
  const store = new VersionedStore();
  for (const hour of [0, 1, 2]) await add(store, 'churn', hour);
  await store.put(KEY, Buffer.from(damaged));
  await add(store, 'churn', 3);
  expect(hoursOf((await loadOverview(store)).models[0]?.runs)).toEqual([0, 1, 2, 3]);
});

test('a model that was not judged for 90 days is forgotten', async () => {
  const store = new VersionedStore();
  await add(store, 'old', 0);
  await add(store, 'young', 91 * 24);
  expect((await loadOverview(store)).models.map(({ name }) => name)).toEqual(['young']);
});

test('it holds no signal: a week of a model takes less than 8 KiB, whatever its features', async () => {
  const store = new VersionedStore();
  const signals = Array.from({ length: 500 }, (_, index) => [`feature ${index}`, 0.123456] as const);
  const runs = Array.from({ length: 168 }, (_, hour) => ({
    name: 'churn',
    line: { ...aLineOf(hour, signals), driftScore: 1 / 3 },
  }));
  await updateOverview(store, runs);
  expect(store.objects.get(KEY)?.bytes.length).toBeLessThan(8192);
});
