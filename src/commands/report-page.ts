import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
    await open(file);
  } catch (error) {
    throw new DriftMonitorError(`${file} is written, and no browser could be opened: ${messageOf(error)}`);
  }
}
