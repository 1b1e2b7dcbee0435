import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../../src/printable.ts';
import { renderReport } from '../../../src/report/html/render.ts';
import { reportJunit } from '../../../src/report/junit.ts';
import { hasChromium, NEEDS_CHROMIUM, openChromium } from '../../chromium.ts';
import { aFeature, aReport } from '../a-report.ts';
import { hostileText } from './hostile-text.ts';
import { aHistory, aWideReport } from './wide-report.ts';

/** Of the page's own world, what the functions that are sent there use. */
interface InPage {
  readonly tagName: string;
  readonly textContent: string;
  open: boolean;
  getAttribute(name: string): string | null;
  getAttributeNames(): string[];
  querySelector(selector: string): InPage | null;
  querySelectorAll(selector: string): Iterable<InPage>;
}
declare const document: InPage & { readonly scripts: { readonly length: number }; readonly body: InPage };
declare const DOMParser: new () => { parseFromString(text: string, type: string): InPage };
declare const axe: typeof import('axe-core');

const ROUNDS = 200;
const SMALL = { features: 6, drifted: 2, minor: 2 };

describe.skipIf(!hasChromium)(`the page in a browser${NEEDS_CHROMIUM}`, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await openChromium();
    folder = await mkdtemp(join(tmpdir(), 'pages-'));
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A new tab with what it asked for and what it said. */
  async function openTab() {
    const page = await browser.newPage();
    const requests: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    const open = async (html: string) => {
      const file = join(folder, 'page.html');
      await writeFile(file, html);
      const url = pathToFileURL(file).href;
      await page.goto(url);
      return url;
    };
    return { page, requests, said, open };
  }

  test('it asks for nothing, links to nothing outside, and the console stays empty', async () => {
    const { page, requests, said, open } = await openTab();
    const report = aWideReport({ features: 200, drifted: 40, minor: 40 });
    const url = await open(renderReport(report, { history: aHistory(report), links: { models: '../index.html' } }));
    expect(requests).toEqual([url]);
    expect(said).toEqual([]);
    const links = await page.evaluate(() =>
      [...document.querySelectorAll('[href], [src]')].map((element) => element.getAttribute('href')),
    );
    expect(links.filter((href) => href?.startsWith('#') !== true)).toEqual(['../index.html']);
    const targets = await page.evaluate(() =>
      [...document.querySelectorAll('a[href^="#"]')].filter(
        (link) => document.querySelector(link.getAttribute('href') ?? '') === null,
      ),
    );
    expect(targets).toEqual([]);
    expect(await page.evaluate(() => document.scripts.length)).toBe(0);
    const policy = await page.$eval('meta[http-equiv]', (meta) => meta.getAttribute('content'));
    expect(policy).toBe("default-src 'none'; style-src 'unsafe-inline'");
    await page.close();
  });

  test('it works with scripts switched off, and fits a phone', async () => {
    const { page, open } = await openTab();
    await page.setJavaScriptEnabled(false);
    await page.setViewport({ width: 360, height: 740, isMobile: true });
    for (const text of [undefined, hostileText(3)]) {
      const report = aWideReport({ features: 50, drifted: 5, minor: 5, ...(text && { text }) });
      await open(renderReport(report, { history: aHistory(report) }));
      expect(await page.$eval('h1', (heading) => heading.textContent)).toBe('churn v1');
      const width = await page.$eval('html', (root) => root.scrollWidth);
      expect(width).toBeLessThanOrEqual(360);
    }
    await page.close();
  });

  test('beside text that runs from right to left, numbers stand in the order in which they are told', async () => {
    const { page, open } = await openTab();
    const reason = "'שם': 29.0 % → 12.5 %";
    const features = [{ ...aFeature('plan', 'drift'), reasons: [reason] }];
    const message = "column 'שלום' (3.1 → 4.2) is odd";
    const findings = [{ code: 'new-column' as const, column: 'x', message }];
    await open(renderReport(aReport('2025-12-24T12:00:00Z', { status: 'drift', features, findings })));
    const orders = await page.evaluate(ORDERS);
    // In the table of what moved, among the feature's reasons, and among the findings.
    expect(orders).toEqual([true, true, true]);
    await page.close();
  });

  test('names of 10 kB leave it readable: 200 of them make no page of more than 1 MiB', () => {
    const text = (what: string) => `${what} ${'x'.repeat(10_000)}`;
    const report = aWideReport({ features: 200, drifted: 150, minor: 50, text });
    const html = renderReport(report, { history: aHistory(report) });
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(2 ** 20);
    expect(html).not.toMatch(/x{450}/);
  });

  test('on paper everything that is folded is there', async () => {
    const { page, open } = await openTab();
    await page.emulateMediaType('print');
    await open(renderReport(aWideReport({ features: 20, drifted: 1, minor: 1 })));
    const folded = await page.$eval('details table', (table) => table.getBoundingClientRect().height);
    expect(folded).toBeGreaterThan(100);
    await page.close();
  });

  test.each(['light', 'dark'])(
    'axe finds no violation (%s)',
    async (scheme) => {
      const { page, open } = await openTab();
      await page.setBypassCSP(true);
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      for (const report of [
        aWideReport({ features: 30, drifted: 4, minor: 4 }),
        aWideReport({ ...SMALL, text: hostileText(7) }),
        aWideReport({ features: 30, drifted: 0, minor: 4 }),
        aReport('2025-12-24T12:00:00Z'),
        aReport('2025-12-24T12:00:00Z', { status: 'no-data', rows: 0 }),
        aReport('2025-12-24T12:00:00Z', { status: 'insufficient-data', rows: 12 }),
      ]) {
        await open(renderReport(report, { history: aHistory(report) }));
        expect(await violations(page)).toEqual([]);
      }
      await page.close();
    },
    120_000,
  );

  test(`nothing in a log executes or breaks out of its place, and all of it is shown: ${ROUNDS} rounds`, async () => {
    const { page, requests, open } = await openTab();
    // Escaping has to hold by itself.
    await page.setBypassCSP(true);
    let ran = 0;
    await page.exposeFunction('ran', () => {
      ran += 1;
    });
    let texts = 0;
    const plain = aWideReport({ ...SMALL, text: () => `text${++texts}` });
    await open(renderReport(plain, { history: aHistory(plain) }));
    const expected = await structure(page);
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const report = aWideReport({ ...SMALL, text: hostileText(seed) });
      requests.length = 0;
      const url = await open(renderReport(report, { history: aHistory(report) }));
      expect(requests, `seed ${seed}`).toEqual([url]);
      expect(await structure(page), `seed ${seed}`).toEqual(expected);
      const shown = await page.evaluate(() => document.body.textContent ?? '');
      const examples = report.embeddings.flatMap(({ examples }) => examples?.leastAlike ?? []);
      const names = [...report.features, ...examples].map(({ name }) => printable(name, 120));
      const missing = names.filter((name) => !shown.includes(name));
      expect(missing, `seed ${seed}`).toEqual([]);
      const attributed = await page.evaluate(() =>
        [...document.querySelectorAll('bdi')].filter((element) => element.getAttributeNames().length > 0),
      );
      expect(attributed, `seed ${seed}`).toEqual([]);
      expect(shown, `seed ${seed}`).not.toMatch(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/u);
    }
    expect(ran).toBe(0);
    await page.close();
  }, 180_000);

  test(`a JUnit document is well-formed whatever the logs hold: ${ROUNDS} rounds`, async () => {
    const { page } = await openTab();
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const report = aWideReport({ ...SMALL, text: hostileText(seed) });
      const names = await page.evaluate((text) => {
        const parsed = new DOMParser().parseFromString(text, 'application/xml');
        const failure = parsed.querySelector('parsererror')?.textContent;
        return failure ?? [...parsed.querySelectorAll('testcase')].map((one) => one.getAttribute('name'));
      }, reportJunit(report));
      expect(names, `seed ${seed}`).toHaveLength(report.features.length + 2);
      expect(names).toContain(printable(report.features[0]?.name ?? '', 2_000));
    }
    await page.close();
  });

  test('200 features are on the screen within 200 ms', async () => {
    const { page, open } = await openTab();
    const report = aWideReport({ features: 200, drifted: 40, minor: 40 });
    const html = renderReport(report, { history: aHistory(report) });
    const paints: number[] = [];
    for (let run = 0; run < 5; run++) {
      await open(html);
      const paint = 'performance.getEntriesByName("first-contentful-paint")[0]?.startTime';
      await page.waitForFunction(paint);
      paints.push(Number(await page.evaluate(paint)));
    }
    expect(Math.min(...paints)).toBeLessThanOrEqual(200);
    await page.close();
  });
});

/** Of each text with two numbers and an arrow between them: whether the first one stands left of the second. */
const ORDERS = `(() => {
  const at = (node, text) => {
    const range = document.createRange();
    range.setStart(node, node.data.indexOf(text));
    range.setEnd(node, node.data.indexOf(text) + 1);
    return range.getBoundingClientRect().left;
  };
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const numbers = /(29\\.0|3\\.1)[ %]*→ (12\\.5|4\\.2)/.exec(walker.currentNode.data);
    if (numbers) found.push(at(walker.currentNode, numbers[1]) < at(walker.currentNode, numbers[2]));
  }
  return found;
})()`;

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe has against a page, everything unfolded. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
  // What lies below the window is not laid out until it is seen, and could not be looked at.
  await page.addStyleTag({ content: 'article { content-visibility: visible !important }' });
  await page.addScriptTag({ path: AXE });
  return await page.evaluate(async () => {
    const { violations: found, passes } = await axe.run();
    if (passes.length < 20) throw new Error(`axe has looked for ${passes.length} things only`);
    return found.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html }) => `${id}: ${html}`));
  });
}

/** Every element and the names of its attributes, what a text that became markup would change; but for the `<bdi>` around text. */
async function structure(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll('*:not(bdi)')].map(
      (element) => `${element.tagName} ${element.getAttributeNames().join(' ')}`,
    ),
  );
}
