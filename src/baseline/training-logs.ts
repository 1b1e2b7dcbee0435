import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import type { RecordColumns } from '../config/record-columns.ts';
import { DriftMonitorError } from '../errors.ts';
import { type LogFile, listWindow } from '../inference-log/list-window.ts';
import { partitionPrefix, type Window } from '../inference-log/partitions.ts';
import type { Engine } from '../scan/duckdb.ts';
import { readFooter } from '../scan/footer.ts';
import { gatherRows } from '../scan/gather-rows.ts';
import type { ParquetMetadata } from '../scan/parquet-metadata.ts';
import type { OwnerColumn } from '../scan/query.ts';
import { type RowOwner, selectColumns } from '../scan/scan-file.ts';
import { type SourceColumn, sourceColumns } from '../scan/source-columns.ts';
import { unreadable } from '../scan/unreadable.ts';
import type { Workspace } from '../scan/workspace.ts';
import type { Hour } from '../storage/hour.ts';
import type { ModelId } from '../storage/layout.ts';
import { ConflictError, type ObjectInfo, ObjectNotFoundError, type ObjectStore } from '../storage/object-store.ts';
import { openStore } from '../storage/open.ts';
import type { FromLogs } from './baseline.ts';
import { bring, type TrainingFile } from './training-files.ts';

/** Inference logs in place of training files. */
export interface TrainingLogs {
  readonly store: ObjectStore;
  readonly template: string;
  readonly window: Window;
  /** Those with files. */
  readonly hours: readonly { readonly hour: Hour; readonly files: readonly LogFile[] }[];
}

/** The log files of whole hours that a baseline is to be made from. Throws `DriftMonitorError` where there are none. */
export async function findTrainingLogs(
  store: ObjectStore,
  template: string,
  model: ModelId,
  window: Window,
): Promise<TrainingLogs> {
  const listed = await listWindow(store, template, model, window);
  const hours = listed.filter(({ files }) => files.length > 0);
  if (hours.length > 0) return { store, template, window, hours };
  const first = partitionPrefix(template, window.from, model);
  throw new DriftMonitorError(`there are no logs ${inWords(window)} in ${store.url}; its first hour would be ${first}`);
}

/** Of those files what a baseline tells. */
export interface GatheredLogs {
  readonly files: readonly TrainingFile[];
  readonly fromLogs: FromLogs;
}

/** Files fetched at once. */
const REQUESTS = 8;

/**
 * Copies the model's rows into the scratch folder, one Parquet file for each hour and set of columns, so that they can be read
 * like training files: the rows of other models that share a file are not among them, and hundreds of small files are few. A
 * file that cannot be read, or changes meanwhile, is left out and told. Throws `DriftMonitorError` where no row is left.
 */
export async function gatherLogs(
  engine: Engine,
  { scratch }: Workspace,
  { store, template, window, hours }: TrainingLogs,
  model: ModelId,
  record: RecordColumns,
): Promise<GatheredLogs> {
  const folder = join(scratch, 'training');
  await mkdir(folder, { recursive: true });
  const skipped: SkippedLog[] = [];
  const gathered: (GatheredFile & { readonly hour: Hour })[] = [];
  for (const { hour, files } of hours) {
    const target = (number: number) => join(folder, `${hour}-${number}.parquet`);
    const ofHour = await gatherHour(engine, join(scratch, 'logs'), store, files, target, model, record, skipped);
    gathered.push(...ofHour.map((file) => ({ ...file, hour })));
  }
  const listed = hours.reduce((sum, { files }) => sum + files.length, 0);
  if (gathered.length === 0) throw nothingToLearn(model, window, store, listed, skipped);
  const objects = await objectsIn(folder);
  const copies = await openStore(`file:${folder}`);
  const files = gathered.map(({ path, hour, bytes, columnNames }) => {
    const object = objectAt(objects, path);
    return { name: partitionPrefix(template, hour, model), bytes, store: copies, object, columnNames };
  });
  const [from, to] = [window.from, window.to].map((hour) => new Date(hour).toISOString());
  return { files, fromLogs: { url: store.url, from: from ?? '', to: to ?? '', files: listed, skipped } };
}

type SkippedLog = FromLogs['skipped'][number];

interface GatheredFile {
  readonly path: string;
  /** Of the logs that its rows come from. */
  readonly bytes: number;
  readonly columnNames: readonly string[];
}

/** A log file in the scratch folder. */
interface LocalLog {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  readonly sources: readonly SourceColumn[];
  readonly owners: readonly OwnerColumn[];
  readonly metadata: ParquetMetadata;
}

async function gatherHour(
  engine: Engine,
  folder: string,
  store: ObjectStore,
  files: readonly LogFile[],
  target: (number: number) => string,
  model: ModelId,
  record: RecordColumns,
  skipped: SkippedLog[],
): Promise<GatheredFile[]> {
  await mkdir(folder);
  try {
    const logs = await bringLogs(folder, store, files, ownersOf(model, record), record, skipped);
    const gathered: GatheredFile[] = [];
    const gather = async (some: readonly LocalLog[]): Promise<void> => {
      const [first] = some;
      if (first === undefined) return;
      const path = target(gathered.length);
      try {
        const paths = some.map((log) => log.path);
        const { rows, columnNames } = await gatherRows(engine.connection, { ...first, paths, target: path });
        const bytes = some.reduce((sum, log) => sum + log.bytes, 0);
        if (rows > 0) gathered.push({ path, bytes, columnNames });
      } catch (error) {
        const cause = unreadable(error).message;
        // One of them is to blame.
        if (some.length > 1) for (const log of some) await gather([log]);
        else skipped.push({ name: first.key, cause });
      }
    };
    for (const alike of Map.groupBy(logs, columnsOf).values()) await gather(alike);
    return gathered;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ownersOf(model: ModelId, record: RecordColumns): RowOwner {
  return [
    { column: record.modelName, value: model.name },
    { column: record.modelVersion, value: model.version },
  ];
}

/** Files of the same text can be read as one. */
function columnsOf({ key, sources, metadata }: LocalLog): string {
  const names = metadata.columns.map(({ name }) => name.toLowerCase());
  // DuckDB finds columns of several files by name, and in any case of letters.
  const repeats = new Set(names).size < names.length;
  return JSON.stringify([names, sources, metadata.keyValues.get('pandas'), repeats ? key : '']);
}

/** In the order of their keys. */
async function bringLogs(
  folder: string,
  store: ObjectStore,
  files: readonly LogFile[],
  owner: RowOwner,
  record: RecordColumns,
  skipped: SkippedLog[],
): Promise<LocalLog[]> {
  const located = await pMap(
    files,
    async ({ object }, index) => {
      try {
        const { metadata } = await readFooter(store, object);
        const sources = sourceColumns(metadata, record.features);
        const { owners } = selectColumns(sources, { wanted: [], featuresColumn: record.features, owner });
        const path = join(folder, `${index}.parquet`);
        await bring({ store, object }, path);
        return { key: object.key, path, bytes: object.size, sources, owners, metadata };
      } catch (error) {
        skipped.push({ name: object.key, cause: causeOf(error) });
        return undefined;
      }
    },
    { concurrency: REQUESTS },
  );
  skipped.sort((a, b) => (a.name < b.name ? -1 : 1));
  return located.filter((log) => log !== undefined);
}

/** Throws where the file is not to blame. */
function causeOf(error: unknown): string {
  if (error instanceof ConflictError || error instanceof ObjectNotFoundError) return error.message;
  if (error instanceof DriftMonitorError) throw error;
  return unreadable(error).message;
}

async function objectsIn(folder: string): Promise<ReadonlyMap<string, ObjectInfo>> {
  const objects = new Map<string, ObjectInfo>();
  const store = await openStore(`file:${folder}`);
  for await (const object of store.list('')) objects.set(join(folder, object.key), object);
  return objects;
}

function objectAt(objects: ReadonlyMap<string, ObjectInfo>, path: string): ObjectInfo {
  const object = objects.get(path);
  if (object === undefined) throw new DriftMonitorError(`${path} vanished from the scratch folder`);
  return object;
}

function nothingToLearn(
  { name, version }: ModelId,
  window: Window,
  { url }: ObjectStore,
  listed: number,
  skipped: readonly SkippedLog[],
): DriftMonitorError {
  const files = `the ${listed} log files ${inWords(window)} in ${url}`;
  const [first] = skipped;
  if (first !== undefined && skipped.length === listed) {
    return new DriftMonitorError(`none of ${files} can be read; ${first.name}: ${first.cause}`);
  }
  const unread = first === undefined ? '' : `; ${skipped.length} of them cannot be read`;
  return new DriftMonitorError(`no row of ${name} ${version} is in ${files}${unread}`);
}

function inWords({ from, to }: Window): string {
  const minutes = (hour: Hour) => `${new Date(hour).toISOString().slice(0, 16)}Z`;
  return `from ${minutes(from)} to ${minutes(to)}`;
}
