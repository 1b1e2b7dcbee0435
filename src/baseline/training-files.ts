import { createWriteStream } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DriftMonitorError } from '../errors.ts';
import { csvToParquet } from '../scan/csv.ts';
import type { Engine } from '../scan/duckdb.ts';
import type { Workspace } from '../scan/workspace.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { openStore } from '../storage/open.ts';

/** A file of training data, wherever it lies. */
export interface TrainingSource {
  /** For people: path or key. */
  readonly name: string;
  readonly store: ObjectStore;
  readonly object: ObjectInfo;
}

/** A training file as Parquet that DuckDB can read in the engine's scratch folder. */
export interface TrainingFile {
  readonly name: string;
  readonly bytes: number;
  readonly store: ObjectStore;
  readonly object: ObjectInfo;
  /** Names of the top-level columns where the file's own are not the real ones. */
  readonly columnNames: readonly string[] | undefined;
}

const PIECE_BYTES = 8 * 1024 * 1024;

/** Brings training files into the scratch folder: local ones by link, remote ones by download, CSV turned into Parquet. */
export async function stageTrainingFiles(
  engine: Engine,
  { scratch }: Workspace,
  sources: readonly TrainingSource[],
): Promise<TrainingFile[]> {
  const folder = join(scratch, 'training');
  await mkdir(folder, { recursive: true });
  const staged: { source: TrainingSource; key: string; columnNames: string[] | undefined }[] = [];
  for (const [index, source] of sources.entries()) {
    const isCsv = /\.csv(\.gz)?$/i.test(source.object.key);
    const suffix = isCsv ? (/\.gz$/i.test(source.object.key) ? 'csv.gz' : 'csv') : 'parquet';
    const path = join(folder, `${index}.${suffix}`);
    await bring(source, path);
    if (!isCsv) staged.push({ source, key: `${index}.parquet`, columnNames: undefined });
    else {
      const key = `${index}.from-csv.parquet`;
      const columnNames = await readCsv(engine, source, path, join(folder, key));
      staged.push({ source, key, columnNames });
    }
  }
  const store = await openStore(`file:${folder}`);
  const objects = new Map<string, ObjectInfo>();
  for await (const object of store.list('')) objects.set(object.key, object);
  return staged.map(({ source, key, columnNames }) => {
    const object = objects.get(key);
    if (object === undefined) throw new DriftMonitorError(`training data ${source.name} cannot be read`);
    return { name: source.name, bytes: source.object.size, store, object, columnNames };
  });
}

async function readCsv(engine: Engine, source: TrainingSource, csv: string, parquet: string) {
  try {
    return await csvToParquet(engine.connection, csv, parquet);
  } catch (error) {
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new DriftMonitorError(`training data ${source.name} is no readable CSV: ${cause}`);
  }
}

/** Links or downloads a file. */
export async function bring(source: Pick<TrainingSource, 'store' | 'object'>, path: string): Promise<void> {
  const local = source.store.localPath?.(source.object.key);
  if (local !== undefined) await symlink(local, path);
  else await pipeline(Readable.from(pieces(source)), createWriteStream(path));
}

async function* pieces({ store, object }: Pick<TrainingSource, 'store' | 'object'>): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < object.size; start += PIECE_BYTES) {
    const end = Math.min(object.size, start + PIECE_BYTES);
    yield await store.getRange(object.key, start, end, { ifMatch: object.etag });
  }
}
