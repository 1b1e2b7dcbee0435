import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DriftMonitorError, messageOf } from '../errors.ts';
import type { ReportHistory } from '../report/html/history.ts';
import { renderReport } from '../report/html/render.ts';
import type { Report } from '../report/schema.ts';
import type { Io } from './io.ts';

interface PageOptions {
  readonly html?: string;
  readonly open?: true;
}

/** Writes a report as a page and opens it where that is asked for; the file's path. */
export async function writePage(
  io: Io,
  report: Report,
  history: ReportHistory | undefined,
  { html, open }: PageOptions,
): Promise<string> {
  const { model, window } = report;
  const name = `${model.name}-${model.version}-${window.to.slice(0, 13)}.html`.replaceAll(/[^\w.-]/g, '_');
  const file = html === undefined ? join(await mkdtemp(join(tmpdir(), 'drift-report-')), name) : resolve(io.cwd, html);
  try {
    await writeFile(file, renderReport(report, { history }));
  } catch (error) {
    throw new DriftMonitorError(`the page cannot be written: ${messageOf(error)}`);
  }
  if (open === true) await openInBrowser(file);
  return file;
}

async function openInBrowser(file: string): Promise<void> {
  const { default: open } = await import('open');
  try {
    const opener = await open(file);
    const code = opener.exitCode ?? (await exitCodeWithin(opener, FAILS_WITHIN_MS));
    if (code !== null && code !== 0) throw new Error('there seems to be none on this machine');
  } catch (error) {
    throw new DriftMonitorError(
      `${file} is written, and no browser could be opened: ${messageOf(error)}; look at it elsewhere, --html FILE writes it where you say`,
    );
  }
}

/** What opens browsers says soon that it has found none, and may stay for as long as the browser is open. */
const FAILS_WITHIN_MS = 3_000;

/** Null where it still works then. */
async function exitCodeWithin(opener: ChildProcess, ms: number): Promise<number | null> {
  const stop = new AbortController();
  const exited = once(opener, 'exit', { signal: stop.signal }).then(([code]: (number | null)[]) => code ?? null);
  const waited = setTimeout(ms, null, { signal: stop.signal });
  try {
    return await Promise.race([exited, waited]);
  } finally {
    exited.catch(() => undefined);
    waited.catch(() => undefined);
    stop.abort();
  }
}
