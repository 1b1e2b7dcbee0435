import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { HistoryLine } from '../../../src/history/line.ts';
import { type Overview, withRuns } from '../../../src/history/overview.ts';
import { renderIndexPage } from '../../../src/report/html/index-page.ts';
import { recordOverview } from '../../../src/report/record-history.ts';
import { keyOf } from '../../../src/report/store.ts';
import { throughProcess, VersionedStore } from '../../alerting/versioned-store.ts';
import { hasChromium, NEEDS_CHROMIUM, openChromium } from '../../chromium.ts';
import { aLine } from '../../history/a-line.ts';
import { aReport } from '../a-report.ts';

const NOW = Date.parse('2025-12-25T00:07:00Z');
const EMPTY: Overview = { format: 1, models: [] };
const overviewOf = (...runs: [name: string, line: HistoryLine][]) =>
  withRuns(
    EMPTY,
    runs.map(([name, line]) => ({ name, line })),
  );
const noSleep = () => new Promise<void>((resolve) => setImmediate(resolve));
const linksOf = (page: string) =>
  [...page.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => decodeURIComponent(href));

test('the page names each model, how it stands, and links the reports of its runs', () => {
  const overview = overviewOf(
    ['churn', aLine(11, { driftScore: 0.02 })],
    ['churn', aLine(12, { status: 'drift', driftScore: 0.31 })],
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
  const overview = overviewOf(['churn', aLine(3)], ['fraud', aLine(3)]);
  const page = renderIndexPage(overview, NOW);
  for (const link of linksOf(page)) expect(link).toMatch(/^(churn|fraud)\/v1\/.*\/report\.html$/);
  expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
  expect(page).not.toMatch(/<script|src=|https?:|url\(/);
});

describe('with so many models that a week of links is too much', () => {
  const many = (models: number) =>
    withRuns(
      EMPTY,
      Array.from({ length: models * 168 }, (_, index) => ({
        name: `a-model-with-a-name-of-some-length-${Math.floor(index / 168)}`,
        line: aLine(index % 168, { driftScore: (index % 100) / 100, status: index < 168 ? 'drift' : 'no-drift' }),
      })),
    );
  const until = Date.parse('2025-12-31T00:10:00Z');

  test('there are fewer days of each, which the page says', () => {
    const page = renderIndexPage(many(50), until);
    expect(page).toContain('Runs of the last 3 days only.');
    expect(linksOf(page)).toHaveLength(50 + 50 * 72);
  });

  test('there is a day of the worst ones, and the page of 1,000 models takes less than 2 MB', () => {
    const page = renderIndexPage(many(1000), until);
    expect(page).toContain(
      'Runs of the last day only of the 150 model versions that stand worst; of all others the latest run is linked above.',
    );
    expect(linksOf(page)).toHaveLength(1000 + 150 * 24);
    expect(linksOf(page)[0]).toContain('-length-0/');
    expect(page.length).toBeLessThan(2e6);
  });
});

test('what drifts most stands first, and a model whose last window is long ago is not taken for a quiet one', () => {
  const drifting = (driftScore: number) => aLine(20, { status: 'drift', driftScore });
  const overview = overviewOf(
    ['a-quiet', aLine(20)],
    ['b-low', drifting(0.2)],
    ['c-high', drifting(0.9)],
    ['d-old', aLine(-100)],
    ['e-idle', aLine(20, { status: 'no-data' })],
  );
  const page = renderIndexPage(overview, NOW);
  const named = linksOf(page).slice(0, 5);
  expect(named.map((link) => link.split('/')[0])).toEqual(['c-high', 'b-low', 'e-idle', 'd-old', 'a-quiet']);
  expect(page).toContain('The latest window of 1 ended more than two days ago.');
  expect(page.match(/5 days ago/g)).toHaveLength(1);
});

test('no model at all is a page as well', () => {
  expect(renderIndexPage(EMPTY, NOW)).toContain('No model has been judged yet.');
});

test('of runs that end at once, the page that stays tells of all', async () => {
  const store = new VersionedStore();
  const slow = throughProcess(store, { before: noSleep, after: noSleep });
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const model = { name: `model-${index}`, version: 'v1' };
      expect(await recordOverview(slow, [aReport('2025-12-24T12:00:00Z', { model })], NOW)).toEqual([]);
    }),
  );
  const page = Buffer.from(store.objects.get('drift-reports/index.html')?.bytes ?? []).toString();
  for (let index = 0; index < 8; index++) expect(page).toContain(`model-${index}`);
});

declare const axe: typeof import('axe-core');

describe.skipIf(!hasChromium)(`in a browser${NEEDS_CHROMIUM}`, { timeout: 60_000 }, () => {
  test('the page asks for nothing, says nothing to the console, fits a phone, and axe finds no violation', async () => {
    const statuses = ['drift', 'no-drift', 'no-data', 'insufficient-data'] as const;
    const overview = overviewOf(
      ...Array.from({ length: 200 }, (_, hour): [string, HistoryLine] => [
        `model-${hour % 4}`,
        aLine(hour, { status: statuses[hour % 4] ?? 'drift', driftScore: 0.3 }),
      ]),
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
