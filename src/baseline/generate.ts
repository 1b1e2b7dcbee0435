import { type RecordColumns, recordColumns } from '../config/record-columns.ts';
import type { ColumnSettings, Settings } from '../config/settings.ts';
import { DriftMonitorError } from '../errors.ts';
import { decodeColumnProfile } from '../profile/codec.ts';
import { type CountPool, limitAlone, openCountPool } from '../profile/count-pool.ts';
import { countShared, groupsFor } from '../profile/count-shared.ts';
import { type ColumnSpec, emptyProfile, mergeProfiles, type Profile } from '../profile/profile.ts';
import type { Batch } from '../scan/batches.ts';
import { type Engine, openEngine } from '../scan/duckdb.ts';
import { type FileLease, locateFile } from '../scan/locate-file.ts';
import { sampleSql } from '../scan/row-hash.ts';
import { FileScan, selectColumns } from '../scan/scan-file.ts';
import { mapKeys } from '../scan/training-queries.ts';
import type { WantedColumn } from '../scan/wanted.ts';
import { openWorkspace, type Workspace } from '../scan/workspace.ts';
import type { ModelId } from '../storage/layout.ts';
import type { Baseline, BaselineColumn, FromLogs } from './baseline.ts';
import { type FittedColumn, fitColumns, readsToFit, type TrainingPart } from './fit.ts';
import { understandColumns } from './training-columns.ts';
import { stageTrainingFiles, type TrainingFile, type TrainingSource } from './training-files.ts';
import { gatherLogs, type TrainingLogs } from './training-logs.ts';

export interface GenerateRequest {
  readonly model: ModelId;
  readonly sources: readonly TrainingSource[] | TrainingLogs;
  readonly settings: Settings;
  readonly columns: Readonly<Record<string, ColumnSettings>>;
  readonly workers: number;
  readonly now: () => Date;
  /** Rows read so far, of all rows that will be read (training data is read several times). */
  readonly onProgress: (rows: number, total: number) => void;
}

/**
 * The profile of training data, or of logs in its place. Reads it to fit grids, categories and directions, and again to count in them.
 * Throws `DriftMonitorError` where a file is unreadable or nothing in it can be watched: half a baseline is none.
 */
export async function generateBaseline(request: GenerateRequest): Promise<Omit<Baseline, 'id'>> {
  const { sources } = request;
  const stores = 'hours' in sources ? [sources.store] : sources.map(({ store }) => store);
  const opened = await openWorkspace(request.settings.tempDirectory, stores);
  // What is staged in the scratch folder is read in place as well.
  const workspace = { scratch: opened.scratch, roots: [...opened.roots, opened.scratch] };
  try {
    return await generateIn(workspace, request);
  } finally {
    await opened.close();
  }
}

async function generateIn(workspace: Workspace, request: GenerateRequest): Promise<Omit<Baseline, 'id'>> {
  const { settings, workers, model } = request;
  const record = recordColumns(settings);
  const engine = await openEngine(workspace, {
    memoryLimitMib: limitAlone(settings.memoryLimitMib),
    threads: workers,
  });
  const fitted = await fitTraining(engine, workspace, record, request).finally(() => engine.close());
  const { training, columns, rows, progress } = fitted;
  const specs = columns.map(({ spec }) => spec);
  // After the fit is done: each of the two may take all of the memory.
  const pool = openCountPool([{ specs, owner: [] }], record, workspace, settings.memoryLimitMib, workers);
  try {
    const profile = await countTraining(pool, training, specs, progress);
    return {
      model,
      createdAt: request.now().toISOString(),
      sources: training.map(({ name, part, bytes }) => ({ name, rows: part.rows, bytes })),
      fromLogs: fitted.fromLogs,
      rows,
      columns: columns.map((column, index) => withProfile(column, profile.columns[index])),
      leftOut: fitted.leftOut,
    };
  } finally {
    await pool.close();
  }
}

interface Fitted {
  readonly training: readonly OpenTraining[];
  readonly rows: number;
  readonly columns: readonly FittedColumn[];
  readonly leftOut: Baseline['leftOut'];
  readonly fromLogs: FromLogs | undefined;
  readonly progress: (rows: number) => void;
}

async function fitTraining(
  engine: Engine,
  workspace: Workspace,
  record: RecordColumns,
  { sources, model, columns: overrides, onProgress }: GenerateRequest,
): Promise<Fitted> {
  const { files, fromLogs } =
    'hours' in sources
      ? await gatherLogs(engine, workspace, sources, model, record)
      : { files: await stageTrainingFiles(engine, workspace, sources), fromLogs: undefined };
  const training = await openTraining(engine, workspace, files, record);
  const rows = training.reduce((sum, { part }) => sum + part.rows, 0);
  if (rows === 0) throw new DriftMonitorError(`the training data of ${model.name} ${model.version} has no rows`);

  const parts = training.map(({ part }) => part);
  const understood = understandColumns(parts, record, overrides);
  let read = 0;
  const passes = readsToFit(understood.columns) + 1;
  const progress = (count: number) => {
    read += count;
    onProgress(read, rows * passes);
  };
  const fitted = await fitColumns(engine.connection, understood.columns, parts, {
    rows,
    read: (wanted, visit) => readTraining(engine, training, record, wanted, visit, progress),
    sample: (wanted, kept, visit) =>
      sampleTraining(engine, training, record, wanted, sampleSql(rows, kept), visit, progress),
  });
  if (fitted.columns.length === 0) {
    throw new DriftMonitorError(
      `the training data of ${model.name} ${model.version} has no column that can be watched`,
    );
  }
  return {
    training,
    rows,
    columns: fitted.columns,
    leftOut: [...understood.leftOut, ...fitted.leftOut],
    fromLogs,
    progress,
  };
}

function withProfile(
  { column: { role, source, kind }, spec, nullDistribution }: FittedColumn,
  profile: Profile['columns'][number] | undefined,
): BaselineColumn {
  if (spec.type === 'numeric' && profile?.type === 'numeric')
    return { type: 'numeric', role, source, kind, spec, profile };
  if (spec.type === 'categorical' && profile?.type === 'categorical') {
    return { type: 'categorical', role, source, kind, spec, profile };
  }
  if (spec.type === 'embedding' && profile?.type === 'embedding' && nullDistribution !== undefined)
    return { type: 'embedding', role, source, kind, spec, profile, nullDistribution };
  throw new Error(`column ${spec.name} was not counted as what it was fitted as`);
}

/** A training file that DuckDB can read, and what is in it. */
interface OpenTraining {
  readonly name: string;
  readonly bytes: number;
  readonly lease: FileLease;
  readonly part: TrainingPart;
}

async function openTraining(
  engine: Engine,
  workspace: Workspace,
  files: readonly TrainingFile[],
  record: RecordColumns,
): Promise<OpenTraining[]> {
  const opened: OpenTraining[] = [];
  let firstRow = 0;
  for (const { name, bytes, store, object, columnNames } of files) {
    const nothing = { wanted: [], featuresColumn: record.features, owner: [] };
    opened.push(
      await ofFile(name, async () => {
        const lease = await locateFile(workspace, store, object, [nothing], columnNames);
        const { sources, rows, width, takesRowNumber, path } = lease.file;
        const map = sources.find((source) => source.name === record.features && source.kind === 'map');
        const keys = map === undefined ? [] : await mapKeys(engine.connection, path, map);
        return { name, bytes, lease, part: { sources, mapKeys: keys, rows, firstRow, width, takesRowNumber, path } };
      }),
    );
    firstRow += opened.at(-1)?.part.rows ?? 0;
  }
  return opened;
}

/** Calls `visit` with each batch of each file and the number of its first row among all training rows. */
async function readTraining(
  engine: Engine,
  training: readonly OpenTraining[],
  record: RecordColumns,
  wanted: readonly WantedColumn[],
  visit: (batch: Batch, firstRow: number) => void,
  progress: (rows: number) => void,
): Promise<void> {
  const request = { wanted, featuresColumn: record.features, owner: [] };
  for (const { name, lease, part } of training) {
    await ofFile(name, async () => {
      const scan = new FileScan(engine.connection, lease.file, selectColumns(lease.file.sources, request));
      let row = part.firstRow;
      for await (const batch of scan.batches()) {
        visit(batch, row);
        row += batch.rows;
        progress(batch.rows);
      }
    });
  }
}

/** Calls `visit` with batches of the rows, numbered over all training rows, that `condition` holds for. */
async function sampleTraining(
  engine: Engine,
  training: readonly OpenTraining[],
  record: RecordColumns,
  wanted: readonly WantedColumn[],
  condition: ((row: string) => string) | undefined,
  visit: (batch: Batch) => void,
  progress: (rows: number) => void,
): Promise<void> {
  if (condition === undefined) return await readTraining(engine, training, record, wanted, visit, progress);
  const request = { wanted, featuresColumn: record.features, owner: [] };
  for (const { name, lease, part } of training) {
    await ofFile(name, async () => {
      const scan = new FileScan(engine.connection, lease.file, selectColumns(lease.file.sources, request));
      const chosen = scan.batchesWhere((row) => condition(`(${row} + ${part.firstRow})`));
      for await (const batch of chosen) visit(batch);
      progress(part.rows);
    });
  }
}

async function countTraining(
  pool: CountPool,
  training: readonly OpenTraining[],
  specs: readonly ColumnSpec[],
  progress: (rows: number) => void,
): Promise<Profile> {
  const profiles = await Promise.all(
    training.map(({ name, lease, part }) =>
      ofFile(name, async () => {
        const groups = groupsFor(specs.length, [lease.file], pool.workers);
        const { firstRow, rows } = part;
        const task = { files: [lease.file], set: 0, training: { firstRow } };
        const counted = await countShared(pool, task, specs.length, groups);
        const [file] = counted.files;
        if (file !== undefined && 'cause' in file) throw new Error(file.cause);
        progress(rows);
        return { rows, columns: specs.map((spec, index) => decodeColumnProfile(counted.columns[index], spec)) };
      }),
    ),
  );
  return profiles.reduce(mergeProfiles, emptyProfile(specs));
}

async function ofFile<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DriftMonitorError) throw error;
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new DriftMonitorError(`training data ${name} cannot be read: ${cause}`);
  }
}
