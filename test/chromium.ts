import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, launch } from 'puppeteer-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The browser of the variable CHROMIUM, else the first one on the PATH. */
function findChromium({ CHROMIUM, PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  const onPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(CHROMIUM === undefined ? [] : [CHROMIUM]), ...onPath].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const path = findChromium(process.env);

/** For titles of tests that need one: says what is missing where it is. */
export const NEEDS_CHROMIUM =
  path === undefined ? ' (skipped: no Chromium on the PATH, and the variable CHROMIUM names none)' : '';
export const hasChromium = path !== undefined;

/** A headless browser; whoever opens it closes it. */
export async function openChromium(): Promise<Browser> {
  if (path === undefined) throw new Error('no Chromium on the PATH, and the variable CHROMIUM names none');
  // In a container there is neither a sandbox nor much shared memory.
  return await launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
