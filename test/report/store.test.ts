import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { listReports, loadReport, savePage, saveReport } from '../../src/report/store.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { anAlert, aReport } from './a-report.ts';

const NOON = '2025-12-24T12:00:00Z';
const ONE = '2025-12-24T13:00:00Z';

let directory: string;
let store: ObjectStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-store-'));
  store = new DirectoryStore(directory);
});
afterEach(() => rm(directory, { recursive: true }));

async function read(key: string): Promise<unknown> {
  return JSON.parse(Buffer.from((await store.get(key)).bytes).toString());
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

test('a report lies under the last hour of its window, beside it latest', async () => {
  const report = aReport(NOON, { driftScore: 0.3, alerts: [anAlert('a'.repeat(16))] });
  const key = await saveReport(store, report);
  expect(key).toBe('drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.json');
  expect(await keys()).toEqual(['drift-reports/churn/latest.json', key]);
  expect(reportSchema.parse(await read(key))).toEqual(report);
  expect(await read('drift-reports/churn/latest.json')).toEqual(report);
});

test('run again, a report replaces the one of its hour and latest', async () => {
  await saveReport(store, aReport(NOON, { rows: 1 }));
  const key = await saveReport(store, aReport(NOON, { rows: 2 }));
  expect(await read(key)).toMatchObject({ rows: 2 });
  expect(await read('drift-reports/churn/latest.json')).toMatchObject({ rows: 2 });
  expect(await listReports(store, { name: 'churn', version: undefined })).toHaveLength(1);
});

test('names from logs lie in a stored report as escapes, so that its text can be shown as it is', async () => {
  const report = aReport(NOON, { findings: [{ code: 'new-column', message: '\u009b2J right\u202Eleft' }] });
  const key = await saveReport(store, report);
  expect(await read(key)).toEqual(report);
  const stored = Buffer.from((await store.get(key)).bytes).toString();
  expect(stored).toContain('\\u009b2J right\\u202eleft');
  const { text } = await loadReport(store, { name: 'churn', version: 'v1' }, undefined);
  expect(`${text}\n`).toBe(stored);
});

test('its pages lead to the list of all models and to their own JSON', async () => {
  const report = aReport(NOON);
  const key = await saveReport(store, report);
  await savePage(store, report);
  for (const [page, json] of [
    [key.replace('.json', '.html'), key],
    ['drift-reports/churn/latest.html', 'drift-reports/churn/latest.json'],
  ] as const) {
    const text = Buffer.from((await store.get(page)).bytes).toString();
    const links = [...text.matchAll(/<a href="([^"#]*)">(All models|JSON)</g)];
    const targets = links.map(([, href = '', title]) => [title, new URL(href, `file:///${page}`).pathname.slice(1)]);
    expect(targets).toEqual([
      ['All models', 'drift-reports/index.html'],
      ['JSON', json],
    ]);
  }
});

test('a latest report of a future that a wrong clock has made is replaced', async () => {
  await saveReport(store, aReport('2027-01-01T00:00:00Z', { rows: 1 }));
  await savePage(store, aReport('2027-01-01T00:00:00Z', { rows: 1 }));
  await saveReport(store, aReport(NOON, { rows: 2 }));
  await savePage(store, aReport(NOON, { rows: 2 }));
  expect(await read('drift-reports/churn/latest.json')).toMatchObject({ rows: 2 });
  const page = Buffer.from((await store.get('drift-reports/churn/latest.html')).bytes).toString();
  expect(page).not.toContain('2027-01-01');
});

test.each([
  { name: 'x; rm -rf ~', version: 'v1' },
  { name: 'churn', version: '$(touch x)' },
])('a report of a model that there cannot be (%o) is refused in words', async (model) => {
  await store.put('drift-reports/churn/latest.json', Buffer.from(JSON.stringify(aReport(NOON, { model }))));
  await expect(loadReport(store, { name: 'churn', version: undefined }, undefined)).rejects.toThrow(
    /latest\.json is not one that this program reads \(model\.(name|version): must be letters, digits, /,
  );
});

test('an older window does not change latest', async () => {
  await saveReport(store, aReport(ONE, { rows: 1 }));
  const older = await saveReport(store, aReport(NOON, { rows: 2 }));
  expect(await read(older)).toMatchObject({ rows: 2 });
  expect(await read('drift-reports/churn/latest.json')).toMatchObject({ rows: 1 });
});

test('a latest report of a later program is not replaced by an older window, a damaged one is', async () => {
  const latest = 'drift-reports/churn/latest.json';
  await store.put(latest, Buffer.from(JSON.stringify({ format: 9, window: { to: '2025-12-24T13:00:00.000Z' } })));
  await saveReport(store, aReport(NOON));
  expect(await read(latest)).toMatchObject({ format: 9 });
  await store.put(latest, Buffer.from('{"form'));
  await saveReport(store, aReport(NOON));
  expect(await read(latest)).toMatchObject({ format: 1 });
});

test('two runs at once leave the later window as latest', async () => {
  const slow: ObjectStore = {
    url: store.url,
    list: (prefix) => store.list(prefix),
    get: (key) => store.get(key),
    getRange: (...range) => store.getRange(...range),
    delete: (key) => store.delete(key),
    async put(key, bytes, condition) {
      // Another run comes in between the look and the write.
      if (key.endsWith('latest.json') && condition?.ifNoneMatch) await saveReport(store, aReport(ONE, { rows: 1 }));
      return store.put(key, bytes, condition);
    },
  };
  await saveReport(slow, aReport(NOON, { rows: 2 }));
  expect(await read('drift-reports/churn/latest.json')).toMatchObject({ rows: 1 });
});

const PAGE = 'drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.html';
const LATEST_PAGE = 'drift-reports/churn/latest.html';

async function readPage(key: string): Promise<string> {
  return Buffer.from((await store.get(key)).bytes).toString();
}

test('a page lies beside its report and as the latest one, the same bytes each time', async () => {
  const report = aReport(NOON);
  await savePage(store, report);
  const page = await readPage(PAGE);
  expect(page).toContain('<h1>churn v1</h1>');
  const body = (text: string) => text.replace(/<nav.*<\/nav>/, '');
  expect(body(await readPage(LATEST_PAGE))).toBe(body(page));
  await savePage(store, report);
  expect(await readPage(PAGE)).toBe(page);
});

test('the page of an older window does not change the latest one, that of a newer or the same does', async () => {
  await savePage(store, aReport(ONE, { rows: 1 }));
  await savePage(store, aReport(NOON, { rows: 2 }));
  expect(await readPage(PAGE)).toContain('2 rows');
  expect(await readPage(LATEST_PAGE)).toContain('1 row<');
  await savePage(store, aReport(ONE, { rows: 3 }));
  expect(await readPage(LATEST_PAGE)).toContain('3 rows');
});

test('a latest page that no program wrote is replaced', async () => {
  await store.put(LATEST_PAGE, Buffer.from('<!doctype html>hello'));
  await savePage(store, aReport(NOON));
  expect(await readPage(LATEST_PAGE)).toContain('<h1>churn v1</h1>');
});

test('reports are read by hour, by version, or as the latest', async () => {
  await saveReport(store, aReport(NOON, { rows: 1 }));
  await saveReport(store, aReport(ONE, { rows: 2, model: { name: 'churn', version: 'v2' } }));
  await saveReport(store, aReport(ONE, { rows: 3, model: { name: 'churn-eu', version: 'v1' } }));
  const hour = Date.parse(NOON) - 3_600_000;
  const rowsOf = async (version: string | undefined, at?: number) =>
    (await loadReport(store, { name: 'churn', version }, at)).report.rows;

  expect(await rowsOf(undefined)).toBe(2);
  expect(await rowsOf('v2')).toBe(2);
  expect(await rowsOf('v1')).toBe(1);
  expect(await rowsOf(undefined, hour)).toBe(1);
  expect(await rowsOf('v1', hour)).toBe(1);
  await expect(rowsOf('v3')).rejects.toThrow(/churn v3 has no report in .*drift-monitor detect/);
  await expect(rowsOf('v2', hour)).rejects.toThrow(/v2\/year=2025\/month=12\/day=24\/hour=11/);
  await expect(rowsOf(undefined, 0)).rejects.toThrow(/no report of 1970/);
  await saveReport(store, aReport(ONE, { model: { name: 'churn', version: 'v1' } }));
  await expect(rowsOf(undefined, Date.parse(NOON))).rejects.toThrow(/several versions of churn.*--model-version/);
});

test('reports are listed oldest first, and nothing else', async () => {
  await saveReport(store, aReport(ONE));
  await saveReport(store, aReport(NOON));
  await store.put('drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.html', Buffer.from('x'));
  await store.put('drift-reports/churn/history/2025-12-24.jsonl', Buffer.from('x'));
  const listed = await listReports(store, { name: 'churn', version: undefined });
  expect(listed.map(({ hour }) => new Date(hour).toISOString())).toEqual([
    '2025-12-24T11:00:00.000Z',
    '2025-12-24T12:00:00.000Z',
  ]);
});

test('a report that this program does not read is refused with what to do', async () => {
  await store.put('drift-reports/churn/latest.json', Buffer.from('{}'));
  const model = { name: 'churn', version: undefined };
  await expect(loadReport(store, model, undefined)).rejects.toThrow(/latest\.json is no report .*drift-monitor detect/);
});
