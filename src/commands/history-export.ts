import { createReadStream } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DriftMonitorError, UsageError } from '../errors.ts';
import { HISTORY_TABLES } from '../history/tables.ts';
import { EXPORTED_DAYS, type ExportHistoryOptions } from './history.ts';
import { chosenHistory } from './history-span.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';

export async function exportHistory(context: Context<ExportHistoryOptions>): Promise<undefined> {
  const { io, options, settings } = context;
  const { format = 'csv', table: name = 'runs', output } = options;
  const table = name === 'signals' ? HISTORY_TABLES.signals : HISTORY_TABLES.runs;
  if (format === 'parquet' && output === undefined && io.stdout.isTTY === true) {
    throw new UsageError(['Parquet is not for a terminal: give --output FILE, or redirect the output']);
  }
  if (options.json === true && output === undefined) {
    throw new UsageError(['--json says what was written, and stdout has the table itself: give --output FILE']);
  }
  const { model, lines: all } = await chosenHistory(context, EXPORTED_DAYS);
  const lines = all.filter(({ version }) => (settings.modelVersion ?? version) === version);
  const file = output === undefined ? undefined : resolve(io.cwd, output);
  if (format === 'csv') await writeCsv();
  else await writeParquetTo();
  if (options.json === true) await printJson(io, { file, model, table: name, format, runs: lines.length });

  async function writeCsv(): Promise<void> {
    const { csvLines } = await import('../history/csv.ts');
    const text = [...csvLines(table, model, lines)].join('');
    if (file === undefined) await print(io, text.replace(/\n$/, ''));
    else await written(file, () => writeFile(file, text));
  }

  async function writeParquetTo(): Promise<void> {
    const [{ openWorkspace }, { writeParquet }] = await Promise.all([
      import('../scan/workspace.ts'),
      import('../history/parquet.ts'),
    ]);
    const workspace = await openWorkspace(settings.tempDirectory, []);
    try {
      const made = await writeParquet(table, model, lines, workspace, settings.memoryLimitMib);
      if (file === undefined) await pipeline(createReadStream(made), io.stdout, { end: false }).catch(unlessClosed);
      else await written(file, () => copyFile(made, file));
    } finally {
      await workspace.close();
    }
  }
}

/** A reader who closed the pipe has what they wanted. */
function unlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

async function written(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new DriftMonitorError(`${file} cannot be written (${cause})`);
  }
}
