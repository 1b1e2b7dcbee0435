import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasChromium, openChromium } from '../chromium.ts';
import type { BenchCase } from './cases.ts';
import { median } from './measure.ts';

const PAGE = fileURLToPath(new URL('./html-page.ts', import.meta.url));

/** Features, and how many of them drifted and changed a little. */
const REPORTS = [
  [50, 10, 10],
  [50, 50, 0],
  [200, 40, 40],
  [200, 200, 0],
  [2000, 200, 200],
  [2000, 2000, 0],
] as const;

/** Pages with a week of history: how long making and writing them takes in a new process, their size and first paint. */
export const html: BenchCase = {
  name: 'html',
  async run({ folder, runs, report }) {
    for (const [features, drifted, minor] of REPORTS) {
      const file = join(folder, `${features}-${drifted}.html`);
      const made = Array.from({ length: runs }, () => make([features, drifted, minor], file));
      const size = `${(statSync(file).size / 1024).toFixed(0)} KiB`;
      const note = hasChromium ? `${size}, first paint ${(await firstPaint(file, runs)).toFixed(0)} ms` : size;
      const name = `page of ${features} features, ${drifted} drifted`;
      report({ name, seconds: median(made) / 1000, cpuSeconds: Number.NaN, rssMib: Number.NaN, note });
    }
  },
};

/** milliseconds */
function make(sizes: readonly number[], file: string): number {
  const done = spawnSync(process.execPath, [PAGE, file, ...sizes.map(String)], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${PAGE} failed: ${done.stderr}`);
  return Number(done.stdout);
}

async function firstPaint(file: string, runs: number): Promise<number> {
  const browser = await openChromium();
  try {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(file).href);
      const paint = 'performance.getEntriesByName("first-contentful-paint")[0]?.startTime';
      await page.waitForFunction(paint);
      times.push(Number(await page.evaluate(paint)));
      await page.close();
    }
    return median(times);
  } finally {
    await browser.close();
  }
}
