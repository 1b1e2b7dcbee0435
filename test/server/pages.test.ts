import { createRequire } from 'node:module';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendHistory } from '../../src/history/store.ts';
import { historyLine } from '../../src/report/history-line.ts';
import { recordOverview } from '../../src/report/record-history.ts';
import { saveReport } from '../../src/report/store.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { hasChromium, NEEDS_CHROMIUM, openChromium } from '../chromium.ts';
import { aFeature, aReport } from '../report/a-report.ts';
import { type RunningServer, startServer } from './start-server.ts';

declare const axe: typeof import('axe-core');

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>\u202e';

describe.skipIf(!hasChromium)(`the served pages in a browser${NEEDS_CHROMIUM}`, () => {
  let browser: Browser;
  let server: RunningServer;
  beforeAll(async () => {
    browser = await openChromium();
    server = await startServer({
      tokens: { secret: 'viewer read' },
      configFile: 'models: [{ name: churn, version: v1 }]',
    });
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    for (const ago of [5, 4, 3, 2, 1]) {
      const features = [aFeature(HOSTILE, 'drift'), aFeature('age', 'none')];
      const to = new Date(hour - ago * HOUR_MS).toISOString();
      const report = aReport(to, { status: 'drift', driftDetected: true, driftScore: 0.1 * ago, features });
      await saveReport(server.store, report);
      await appendHistory(server.store, 'churn', historyLine(report));
      await recordOverview(server.store, [report], Date.now());
    }
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test.each([true, false])(
    'lead from one to the other without a word on the console or a request elsewhere (scripts: %s)',
    async (scripts) => {
      const page = await browser.newPage();
      await page.setJavaScriptEnabled(scripts);
      await page.authenticate({ username: 'me', password: 'secret' });
      const said: string[] = [];
      const elsewhere: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(String(error)));
      page.on('request', (request) => {
        if (!request.url().startsWith(server.url)) elsewhere.push(request.url());
      });
      const visit = async (path: string) => {
        const answer = await page.goto(`${server.url}${path}`);
        expect([path, answer?.status()]).toEqual([path, 200]);
        return (await page.content()).toString();
      };
      expect(await visit('/')).toContain('churn v1');
      const follow = async (selector: string) => {
        await Promise.all([page.waitForNavigation(), page.click(selector)]);
        return new URL(page.url()).pathname;
      };
      expect(await follow('a[href="../models/churn"]')).toBe('/models/churn');
      expect(await follow('tbody th a')).toMatch(/^\/reports\/churn\/v1\/year.*\/report\.html$/);
      expect(await page.title()).toContain('Drift: churn v1');
      expect(said).toEqual([]);
      expect(elsewhere).toEqual([]);
      await page.close();
    },
  );

  test.each(['/reports/', '/models/churn', '/reports/churn/latest.html'])(
    'axe finds no violation in %s',
    async (path) => {
      const page = await browser.newPage();
      await page.setBypassCSP(true);
      await page.authenticate({ username: 'me', password: 'secret' });
      await page.goto(`${server.url}${path}`);
      await page.addScriptTag({ path: AXE });
      const violations = await page.evaluate(async () => {
        const { violations: found } = await axe.run();
        return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      });
      expect(violations).toEqual([]);
      await page.close();
    },
  );
});
