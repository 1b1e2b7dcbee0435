import { isRecordColumn, type RecordColumns } from '../config/record-columns.ts';
import { DriftMonitorError } from '../errors.ts';
import type { LogFile } from '../inference-log/list-window.ts';
import type { Engine } from '../scan/duckdb.ts';
import { type OpenedFile, openFile, type ScanRequest, type UnreadableColumn } from '../scan/scan-file.ts';
import type { SourceKind } from '../scan/source-columns.ts';
import { mapKeys } from '../scan/training-queries.ts';
import { UnreadableError, unreadable } from '../scan/unreadable.ts';
import type { ModelId } from '../storage/layout.ts';
import { ConflictError, ObjectNotFoundError, type ObjectStore, StorageError } from '../storage/object-store.ts';
import { type ColumnSpec, emptyProfile, mergeProfiles, type Profile, wantedColumn } from './profile.ts';
import { profileFile } from './profile-file.ts';

/** A file that could not be read, and why. */
export interface SkippedFile {
  readonly key: string;
  readonly cause: string;
}

/** A column whose rows in one file count as missing, because they cannot be decoded. */
export interface SkippedColumn extends UnreadableColumn {
  readonly key: string;
}

/** What the files with rows of the model had for a column. */
export interface ColumnSightings {
  readonly kinds: ReadonlySet<SourceKind>;
  /** Types as the files name them. */
  readonly types: ReadonlySet<string>;
  readonly files: number;
  /** Files that have two columns of the name; the first one counts. */
  readonly repeated: number;
}

export interface WindowProfile {
  readonly profile: Profile;
  readonly files: number;
  readonly bytes: number;
  /** From a remote storage, by this run. */
  readonly bytesFetched: number;
  readonly skipped: readonly SkippedFile[];
  readonly skippedColumns: readonly SkippedColumn[];
  /** Files that hold at least one row of the model. */
  readonly filesWithRows: number;
  /** By column name, in the order in which the files name them. */
  readonly seen: ReadonlyMap<string, ColumnSightings>;
}

export interface WindowRequest {
  readonly engine: Engine;
  readonly store: ObjectStore;
  readonly files: readonly LogFile[];
  readonly model: ModelId;
  readonly specs: readonly ColumnSpec[];
  readonly record: RecordColumns;
  readonly onProgress: (files: number) => void;
}

/**
 * The profile of a window's log files, of the rows that belong to the model. A file that cannot be read counts for nothing
 * and is listed in `skipped`, a column of it that cannot be in `skippedColumns`; only storage and scratch folder failing reject.
 */
export async function readWindow(request: WindowRequest): Promise<WindowProfile> {
  const { files, specs, record, model } = request;
  const scan: ScanRequest = {
    wanted: specs.map(wantedColumn),
    featuresColumn: record.features,
    owner: {
      columns: [
        { name: record.modelName, value: model.name },
        { name: record.modelVersion, value: model.version },
      ],
    },
  };
  let profile = emptyProfile(specs);
  let filesWithRows = 0;
  let bytesFetched = 0;
  const skipped: SkippedFile[] = [];
  const skippedColumns: SkippedColumn[] = [];
  const sightings = new Sightings();
  for (const [index, { object }] of files.entries()) {
    const { key } = object;
    try {
      const file = await openFile(request.engine, request.store, object, scan);
      bytesFetched += file.bytesFetched;
      try {
        const { part, unreadable } = await profileReadable(file, specs);
        const seen = part.rows > 0 ? await columnsOf(file, request.engine, record, unreadable) : undefined;
        profile = mergeProfiles(profile, part);
        if (seen !== undefined) {
          filesWithRows += 1;
          sightings.add(seen);
          skippedColumns.push(...unreadable.map((column) => ({ key, ...column })));
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!isOfFile(error)) throw error;
      skipped.push({ key, cause: error instanceof StorageError ? error.message : unreadable(error).message });
    }
    request.onProgress(index + 1);
  }
  const bytes = files.reduce((sum, { object }) => sum + object.size, 0);
  return {
    profile,
    files: files.length,
    bytes,
    bytesFetched,
    skipped,
    skippedColumns,
    filesWithRows,
    seen: sightings.byName,
  };
}

/** A file that vanished or was rewritten under the scan is the file's trouble; a storage that fails is everyone's. */
function isOfFile(error: unknown): boolean {
  if (error instanceof ConflictError || error instanceof ObjectNotFoundError) return true;
  return !(error instanceof DriftMonitorError);
}

async function profileReadable(
  file: OpenedFile,
  specs: readonly ColumnSpec[],
): Promise<{ part: Profile; unreadable: readonly UnreadableColumn[] }> {
  try {
    return { part: await profileFile(file, specs), unreadable: [] };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const rest = await file.readableRest(error);
    return { part: await profileFile(rest, specs), unreadable: rest.unreadable };
  }
}

interface SeenColumn {
  readonly name: string;
  readonly kind: SourceKind;
  readonly type: string;
}

async function columnsOf(
  file: OpenedFile,
  engine: Engine,
  record: RecordColumns,
  unreadable: readonly UnreadableColumn[],
): Promise<SeenColumn[]> {
  const columns: SeenColumn[] = [];
  for (const source of file.sources) {
    if (source.name === record.features && source.kind === 'map') {
      if (unreadable.some(({ name }) => name === source.name)) continue;
      // Where it cannot be decoded, no watched column is in it: the scan would have failed.
      const keys = await mapKeys(engine.connection, file.path, source).catch(() => []);
      columns.push(...keys.map((name) => ({ name, kind: source.valueKind, type: source.typeName })));
    } else if (
      !isRecordColumn(record, source.name) ||
      source.name === record.prediction ||
      source.name === record.confidence
    ) {
      columns.push({ name: source.name, kind: source.kind, type: source.typeName });
    }
  }
  return columns;
}

class Sightings {
  readonly byName = new Map<string, { kinds: Set<SourceKind>; types: Set<string>; files: number; repeated: number }>();

  add(columns: readonly SeenColumn[]): void {
    const inFile = new Set<string>();
    for (const { name, kind, type } of columns) {
      const sighting = this.byName.get(name) ?? { kinds: new Set(), types: new Set(), files: 0, repeated: 0 };
      this.byName.set(name, sighting);
      if (inFile.has(name)) {
        sighting.repeated += 1;
        continue;
      }
      inFile.add(name);
      sighting.files += 1;
      sighting.kinds.add(kind);
      sighting.types.add(type);
    }
  }
}
