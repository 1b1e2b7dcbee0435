import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Overview, updateOverview, withRun } from '../../../src/history/overview.ts';
import { renderIndexPage, saveIndexPage } from '../../../src/report/html/index-page.ts';
import { keyOf } from '../../../src/report/store.ts';
import { throughProcess, VersionedStore } from '../../alerting/versioned-store.ts';
import { hasChromium, NEEDS_CHROMIUM, openChromium } from '../../chromium.ts';
import { aLine } from '../../history/a-line.ts';
import { aReport } from '../a-report.ts';

const NOW = Date.parse('2025-12-25T00:07:00Z');
const EMPTY: Overview = { format: 1, models: [] };
const noSleep = () => new Promise<void>((resolve) => setImmediate(resolve));
const linksOf = (page: string) =>
  [...page.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => decodeURIComponent(href));

test('the page names each model, how it stands, and links the reports of its runs', () => {
  const overview = withRun(
    withRun(EMPTY, 'churn', aLine(11, { driftScore: 0.02 })),
    'churn',
    aLine(12, { status: 'drift', driftScore: 0.31 }),
  );
  const page = renderIndexPage(overview, NOW);
  expect(page).toContain('1 of 1 model version shows drift in the latest run.');
  expect(page).toContain('31.0 %');
  const [own, older] = ['2025-12-24T13:00:00Z', '2025-12-24T12:00:00Z'].map((to) =>
    keyOf(aReport(to)).replace('drift-reports/', '').replace('.json', '.html'),
  );
  expect(linksOf(page)).toEqual([own, older, own]);
});

test('every link stays below the folder of the page, and nothing asks for anything', () => {
  const overview = ['churn', 'fraud'].reduce((before, name) => withRun(before, name, aLine(3)), EMPTY);
  const page = renderIndexPage(overview, NOW);
  for (const link of linksOf(page)) expect(link).toMatch(/^(churn|fraud)\/v1\/.*\/report\.html$/);
  expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
  expect(page).not.toMatch(/<script|src=|https?:|url\(/);
});

test('with so many models that a week of links is too much, there are fewer days of each', () => {
  const overview: Overview = {
    format: 1,
    models: Array.from({ length: 400 }, (_, index) => {
      const runs = Array.from({ length: 168 }, (_, hour): [number, 'no-drift', number] => [
        490_000 + hour,
        'no-drift',
        0.01,
      ]);
      const [entry] = withRun(EMPTY, `model-${index}`, aLine(0)).models;
      if (entry === undefined) throw new Error('no entry');
      return { ...entry, latest: { ...entry.latest, hour: new Date(490_167 * 3_600_000).toISOString() }, runs };
    }),
  };
  const page = renderIndexPage(overview, NOW);
  expect(linksOf(page).length).toBeLessThanOrEqual(11_000);
  expect(page.length).toBeLessThan(4 * 2 ** 20);
  expect(page).toContain('model-399');
});

test('no model at all is a page as well', () => {
  expect(renderIndexPage(EMPTY, NOW)).toContain('No model has been judged yet.');
});

test('of runs that end at once, the page that stays tells of all', async () => {
  const store = new VersionedStore();
  const slow = throughProcess(store, { before: noSleep, after: noSleep });
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      await updateOverview(slow, [{ name: `model-${index}`, line: aLine(index) }], noSleep);
      await saveIndexPage(slow, NOW);
    }),
  );
  const page = Buffer.from(store.objects.get('drift-reports/index.html')?.bytes ?? []).toString();
  for (let index = 0; index < 8; index++) expect(page).toContain(`model-${index}`);
});

declare const axe: typeof import('axe-core');

describe.skipIf(!hasChromium)(`in a browser${NEEDS_CHROMIUM}`, { timeout: 60_000 }, () => {
  test('the page asks for nothing, says nothing to the console, fits a phone, and axe finds no violation', async () => {
    const statuses = ['drift', 'no-drift', 'no-data', 'insufficient-data'] as const;
    const overview = Array.from({ length: 200 }, (_, hour) => hour).reduce(
      (before, hour) =>
        withRun(before, `model-${hour % 4}`, aLine(hour, { status: statuses[hour % 4] ?? 'drift', driftScore: 0.3 })),
      EMPTY,
    );
    const folder = await mkdtemp(join(tmpdir(), 'index-page-'));
    const browser = await openChromium();
    try {
      const file = join(folder, 'index.html');
      const url = pathToFileURL(file).href;
      await writeFile(file, renderIndexPage(overview, NOW).replaceAll('<details', '<details open'));
      for (const scheme of ['light', 'dark']) {
        const page = await browser.newPage();
        const seen: string[] = [];
        page.on('request', (request) => seen.push(request.url()));
        page.on('console', (message) => seen.push(message.text()));
        page.on('pageerror', (error) => seen.push(String(error)));
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        await page.goto(url);
        expect(seen).toEqual([url]);
        await page.setBypassCSP(true);
        await page.reload();
        await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
        const { violations } = await page.evaluate(() => axe.run());
        expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
        await page.setViewport({ width: 360, height: 740, isMobile: true });
        expect(await page.$eval('html', (root) => root.scrollWidth)).toBeLessThanOrEqual(360);
        await page.close();
      }
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
