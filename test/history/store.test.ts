import { expect, test } from 'vitest';
import { DAY_BYTES } from '../../src/history/day-file.ts';
import { encodeLine, LINE_BYTES } from '../../src/history/line.ts';
import { appendHistory, latestHour, loadHistory } from '../../src/history/store.ts';
import { type ObjectStore, StorageError } from '../../src/storage/object-store.ts';
import { throughProcess, VersionedStore } from '../alerting/versioned-store.ts';
import { aLine, aLineOf, START } from './a-line.ts';

const DAY = 24 * 3_600_000;
const KEY = 'drift-reports/churn/history/2025-12-24.jsonl';
const ALL = { from: START - 1000 * DAY, to: START + 1000 * DAY };

const textOf = (store: VersionedStore, key = KEY) => Buffer.from(store.objects.get(key)?.bytes ?? []).toString();
const noSleep = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Counts what is read of a store. */
function metered(store: ObjectStore) {
  const meter = { bytes: 0, largest: 0 };
  const counting = throughProcess(store, { before: () => undefined, after: () => undefined });
  const get: ObjectStore['get'] = async (key) => {
    const found = await store.get(key);
    meter.bytes += found.bytes.length;
    meter.largest = Math.max(meter.largest, found.bytes.length);
    return found;
  };
  return { meter, store: { ...counting, get } };
}

test('runs are one line an hour and version, in their order, in a file a UTC day', async () => {
  const store = new VersionedStore();
  const hours = [
    [25, 'v1'],
    [3, 'v2'],
    [3, 'v1'],
    [0, 'v1'],
  ] as const;
  for (const [hour, version] of hours) await appendHistory(store, 'churn', aLine(hour, { version }));
  expect([...store.objects.keys()].sort()).toEqual([KEY, 'drift-reports/churn/history/2025-12-25.jsonl']);
  const { lines, damaged } = await loadHistory(store, 'churn', ALL);
  expect(lines.map(({ hour, version }) => `${hour.slice(8, 13)} ${version}`)).toEqual([
    '24T00 v1',
    '24T03 v1',
    '24T03 v2',
    '25T01 v1',
  ]);
  expect(damaged).toBe(0);
});

test('a run that is repeated replaces its line, and the same again writes nothing', async () => {
  const store = new VersionedStore();
  for (const rows of [1, 2]) await appendHistory(store, 'churn', aLine(3, { rows }));
  const before = store.objects.get(KEY);
  await appendHistory(store, 'churn', aLine(3, { rows: 2 }));
  expect(store.objects.get(KEY)).toBe(before);
  expect((await loadHistory(store, 'churn', ALL)).lines).toEqual([aLine(3, { rows: 2 })]);
});

test('twenty writers at once lose no line', async () => {
  const store = new VersionedStore();
  const slow = throughProcess(store, { before: noSleep, after: noSleep });
  await Promise.all(Array.from({ length: 20 }, (_, hour) => appendHistory(slow, 'churn', aLine(hour), noSleep)));
  const { lines } = await loadHistory(store, 'churn', ALL);
  expect(lines.map(({ hour }) => Number(hour.slice(11, 13)))).toEqual(Array.from({ length: 20 }, (_, hour) => hour));
});

test('a write whose answer was lost is not made twice', async () => {
  const store = new VersionedStore();
  let isLost = true;
  const losing: ObjectStore = throughProcess(store, {
    before: () => undefined,
    after() {
      if (!isLost) return;
      isLost = false;
      throw new StorageError('connection reset');
    },
  });
  await expect(appendHistory(losing, 'churn', aLine(0))).rejects.toThrow('connection reset');
  await appendHistory(losing, 'churn', aLine(0));
  expect((await loadHistory(store, 'churn', ALL)).lines).toHaveLength(1);
});

test('lines that this program cannot read are counted, and stay byte for byte', async () => {
  const store = new VersionedStore();
  const later = '{"hour":"2025-12-24T05:00:00.000Z","version":"v1",  "format": "of a later program"}';
  const torn = '{"hour":"2025-12-24T07:0';
  await store.put(KEY, Buffer.from(`${torn}\n${later}\n\n${encodeLine(aLine(9))}`));
  await appendHistory(store, 'churn', aLine(2));
  expect(textOf(store)).toBe(`${encodeLine(aLine(2))}${later}\n${encodeLine(aLine(9))}${torn}\n`);
  const { lines, damaged } = await loadHistory(store, 'churn', ALL);
  expect(lines).toEqual([aLine(2), aLine(9)]);
  expect(damaged).toBe(2);
});

test('bytes that are no text stay as they are, and keep no other run from being recorded', async () => {
  const store = new VersionedStore();
  const noText = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x0a]);
  const broken = Buffer.from(encodeLine(aLineOf(5, [['größe', 0.1]])));
  broken[broken.indexOf(0xc3)] = 0xff;
  const whole = Buffer.from(encodeLine(aLineOf(7, [['größe', 0.2]])));
  await store.put(KEY, Buffer.concat([noText, broken, whole]));
  await appendHistory(store, 'churn', aLine(6));
  const expected = Buffer.concat([broken, Buffer.from(encodeLine(aLine(6))), whole, noText]);
  expect(store.objects.get(KEY)?.bytes).toEqual(expected);
  const { lines, damaged } = await loadHistory(store, 'churn', ALL);
  expect(lines.map(({ hour }) => hour.slice(11, 13))).toEqual(['05', '06', '07']);
  expect(damaged).toBe(1);
});

test('of more damage than a file has room for, all is kept under another key', async () => {
  const store = new VersionedStore();
  const foreign = Buffer.from(encodeLine(aLine(500)).repeat(100));
  const damage = Buffer.concat([Buffer.alloc(DAY_BYTES, 0xff), Buffer.from('\n'), foreign]);
  await store.put(KEY, Buffer.concat([damage, Buffer.from(encodeLine(aLine(1)))]));
  for (const hour of [2, 3]) await appendHistory(store, 'churn', aLine(hour));
  expect(textOf(store)).toBe([1, 2, 3].map((hour) => encodeLine(aLine(hour))).join(''));
  const [aside = '', ...others] = [...store.objects.keys()].filter((key) => key !== KEY);
  expect(aside).toMatch(/^drift-reports\/churn\/history\/2025-12-24\.damaged-[0-9a-f]{16}\.txt$/);
  expect(others).toEqual([]);
  expect(store.objects.get(aside)?.bytes).toHaveLength(damage.length);
  expect((await loadHistory(store, 'churn', ALL)).damaged).toBe(0);
});

test('a run that stands in a file twice, or in that of another day, is counted once', async () => {
  const store = new VersionedStore();
  const twice = [aLine(2, { rows: 1 }), aLine(3), aLine(2, { rows: 2 }), aLine(30)];
  await store.put(KEY, Buffer.from(twice.map((line) => encodeLine(line)).join('')));
  const { lines, damaged } = await loadHistory(store, 'churn', ALL);
  expect(lines.map(({ hour, rows }) => [hour.slice(8, 13), rows])).toEqual([
    ['24T02', 2],
    ['24T03', 112],
  ]);
  expect(damaged).toBe(1);
});

test('a run whose version no model can have is no line', async () => {
  const store = new VersionedStore();
  for (const version of ['v1\u001b[31m', '$(touch x)', ''])
    await appendHistory(store, 'churn', aLine(version.length, { version }));
  expect(await loadHistory(store, 'churn', ALL)).toEqual({ lines: [], damaged: 3 });
});

const MANY = Array.from(
  { length: 500 },
  (_, index) => [`a feature with a name of some length ${index}`, 1 / (index + 1)] as const,
);

test.each([1, 2, 5])('with %i versions a run reads its day only, at most 64 KiB', async (versions) => {
  const { store, meter } = metered(new VersionedStore());
  for (let hour = -24; hour < 48; hour++) {
    for (let version = 1; version <= versions; version++) {
      meter.bytes = 0;
      await appendHistory(store, 'churn', { ...aLineOf(hour, MANY, 2), version: `v${version}` });
      expect(meter.bytes).toBeLessThanOrEqual(DAY_BYTES);
    }
  }
  const { lines } = await loadHistory(store, 'churn', ALL);
  expect(lines).toHaveLength(72 * versions);
  for (const line of lines) expect(line.moved.names.slice(0, 2)).toEqual(MANY.slice(0, 2).map(([name]) => name));
  expect(Math.max(...lines.map((line) => Buffer.byteLength(encodeLine(line))))).toBeLessThanOrEqual(LINE_BYTES);
});

test('only the days that are asked for are read', async () => {
  const whole = new VersionedStore();
  for (let day = 0; day < 30; day++) await appendHistory(whole, 'churn', aLine(24 * day));
  await appendHistory(whole, 'churn-eu', aLine(24 * 2));
  const { store, meter } = metered(whole);
  const { lines } = await loadHistory(store, 'churn', { from: START + 2 * DAY - 1, to: START + 4 * DAY });
  expect(lines.map(({ hour }) => hour.slice(0, 10))).toEqual(['2025-12-26', '2025-12-27']);
  expect(meter.bytes).toBe(meter.largest * 3);
});

test('the latest hour is that of the last line that can be read', async () => {
  const store = new VersionedStore();
  const now = START + 48 * 3_600_000;
  expect(await latestHour(store, 'churn', now)).toBeUndefined();
  await appendHistory(store, 'churn', aLine(5));
  await store.put('drift-reports/churn/history/2025-12-25.jsonl', Buffer.from('{"form'));
  expect(await latestHour(store, 'churn', now)).toBe(START + 5 * 3_600_000);
  for (const hour of [7, 1000]) await appendHistory(store, 'churn', aLine(hour));
  expect(await latestHour(store, 'churn', START + 6 * 3_600_000)).toBe(START + 5 * 3_600_000);
});
