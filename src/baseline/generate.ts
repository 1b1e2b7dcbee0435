import { type RecordColumns, recordColumns } from '../config/record-columns.ts';
import type { ColumnSettings, Settings } from '../config/settings.ts';
import { DriftMonitorError } from '../errors.ts';
import { type ColumnSpec, emptyProfile, mergeProfiles, type Profile, wantedColumn } from '../profile/profile.ts';
import { profileFile, type RowMask } from '../profile/profile-file.ts';
import type { Batch } from '../scan/batches.ts';
import { type Engine, localRoots, openEngine } from '../scan/duckdb.ts';
import { choosesCategories } from '../scan/row-hash.ts';
import { type OpenedFile, openFile } from '../scan/scan-file.ts';
import { mapKeys } from '../scan/training-queries.ts';
import type { WantedColumn } from '../scan/wanted.ts';
import type { ModelId } from '../storage/layout.ts';
import type { Baseline, BaselineColumn } from './baseline.ts';
import { fitColumns, type TrainingPart } from './fit.ts';
import { understandColumns } from './training-columns.ts';
import { stageTrainingFiles, type TrainingFile, type TrainingSource } from './training-files.ts';

export interface GenerateRequest {
  readonly model: ModelId;
  readonly sources: readonly TrainingSource[];
  readonly settings: Settings;
  readonly columns: Readonly<Record<string, ColumnSettings>>;
  readonly threads: number;
  readonly now: () => Date;
  /** Rows read so far, of all rows that will be read (training data is read several times). */
  readonly onProgress: (rows: number, total: number) => void;
}

/**
 * The profile of training data. Reads it to fit grids, categories and directions, and again to count in them.
 * Throws `DriftMonitorError` where a file is unreadable or nothing in it can be watched: half a baseline is none.
 */
export async function generateBaseline(request: GenerateRequest): Promise<Omit<Baseline, 'id'>> {
  const { settings } = request;
  const stores = request.sources.map(({ store }) => store);
  const engine = await openEngine({ ...settings, threads: request.threads }, localRoots(stores));
  try {
    return await generateWith(engine, request);
  } finally {
    await engine.close();
  }
}

async function generateWith(engine: Engine, request: GenerateRequest): Promise<Omit<Baseline, 'id'>> {
  const { settings, model, columns: overrides } = request;
  const record = recordColumns(settings);
  const files = await stageTrainingFiles(engine, request.sources);
  const reader = new TrainingReader(engine, files, record);
  const opened = await reader.describe();
  const rows = opened.reduce((sum, file) => sum + file.rows, 0);
  if (rows === 0) throw new DriftMonitorError(`the training data of ${model.name} ${model.version} has no rows`);

  const understood = understandColumns(opened, record, overrides);
  let read = 0;
  const passes = understood.columns.some(({ type }) => type === 'embedding') ? 3 : 2;
  const progress = (count: number) => {
    read += count;
    request.onProgress(read, rows * passes);
  };
  const fitted = await fitColumns(engine.connection, understood.columns, opened, {
    rows,
    read: (wanted, visit) => reader.read(wanted, visit, progress),
  });
  const specs = fitted.columns.map(({ spec }) => spec);
  if (specs.length === 0) {
    throw new DriftMonitorError(
      `the training data of ${model.name} ${model.version} has no column that can be watched`,
    );
  }
  const profile = await countTraining(reader, specs, progress);
  return {
    model,
    createdAt: request.now().toISOString(),
    sources: files.map((file, index) => ({ name: file.name, rows: opened[index]?.rows ?? 0, bytes: file.bytes })),
    rows,
    columns: fitted.columns.map(({ column, spec }, index) => withProfile(column, spec, profile.columns[index])),
    leftOut: [...understood.leftOut, ...fitted.leftOut],
  };
}

function withProfile(
  { role, source, kind }: Pick<BaselineColumn, 'role' | 'source' | 'kind'>,
  spec: ColumnSpec,
  profile: Profile['columns'][number] | undefined,
): BaselineColumn {
  if (spec.type === 'numeric' && profile?.type === 'numeric')
    return { type: 'numeric', role, source, kind, spec, profile };
  if (spec.type === 'categorical' && profile?.type === 'categorical') {
    return { type: 'categorical', role, source, kind, spec, profile };
  }
  if (spec.type === 'embedding' && profile?.type === 'embedding')
    return { type: 'embedding', role, source, kind, spec, profile };
  throw new Error(`column ${spec.name} was not counted as what it was fitted as`);
}

/**
 * Categories and directions are counted on the other half of the rows than the one they were chosen on: on the same rows
 * they fit too well, and reports without drift would alarm.
 */
async function countTraining(
  reader: TrainingReader,
  specs: readonly ColumnSpec[],
  progress: (rows: number) => void,
): Promise<Profile> {
  let profile = emptyProfile(specs);
  await reader.eachFile(specs.map(wantedColumn), async (file, fileStart) => {
    const mask: RowMask = (batch, firstRow) => {
      progress(batch.rows);
      const first = fileStart + firstRow;
      const counting = Uint8Array.from({ length: batch.rows }, (_, row) => (choosesCategories(first + row) ? 0 : 1));
      return (spec) => (spec.type === 'numeric' ? undefined : counting);
    };
    profile = mergeProfiles(profile, await profileFile(file, specs, mask));
  });
  return profile;
}

/** Reads the staged training files, one after the other. */
class TrainingReader {
  readonly #engine: Engine;
  readonly #files: readonly TrainingFile[];
  readonly #record: RecordColumns;

  constructor(engine: Engine, files: readonly TrainingFile[], record: RecordColumns) {
    this.#engine = engine;
    this.#files = files;
    this.#record = record;
  }

  /** Columns and rows of each file, by its footer. */
  async describe(): Promise<TrainingPart[]> {
    const parts: TrainingPart[] = [];
    let firstRow = 0;
    await this.eachFile([], async (file) => {
      const map = file.sources.find(({ name, kind }) => name === this.#record.features && kind === 'map');
      const keys = map === undefined ? [] : await mapKeys(this.#engine.connection, file.path, map);
      parts.push({
        sources: file.sources,
        mapKeys: keys,
        rows: file.rows,
        firstRow,
        width: file.width,
        path: this.#files[parts.length]?.path ?? file.path,
      });
      firstRow += file.rows;
    });
    return parts;
  }

  /** Calls `visit` with each batch of each file and the number of its first row among all training rows. */
  async read(
    wanted: readonly WantedColumn[],
    visit: (batch: Batch, firstRow: number) => void,
    progress: (rows: number) => void,
  ): Promise<void> {
    await this.eachFile(wanted, async (file, fileStart) => {
      let row = fileStart;
      for await (const batch of file.batches()) {
        visit(batch, row);
        row += batch.rows;
        progress(batch.rows);
      }
    });
  }

  async eachFile(
    wanted: readonly WantedColumn[],
    use: (file: OpenedFile, firstRow: number) => Promise<void>,
  ): Promise<void> {
    let firstRow = 0;
    for (const { name, store, object, columnNames } of this.#files) {
      const request = { wanted, featuresColumn: this.#record.features, owner: { columns: [] } };
      try {
        const file = await openFile(
          this.#engine,
          store,
          object,
          columnNames === undefined ? request : { ...request, columnNames },
        );
        try {
          await use(file, firstRow);
          firstRow += file.rows;
        } finally {
          await file.close();
        }
      } catch (error) {
        if (error instanceof DriftMonitorError) throw error;
        const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        throw new DriftMonitorError(`training data ${name} cannot be read: ${cause}`);
      }
    }
  }
}
