import pMap from 'p-map';
import type { RecordColumns } from '../../config/record-columns.ts';
import type { LogFile } from '../../inference-log/list-window.ts';
import { readFooter } from '../../scan/footer.ts';
import type { ParquetMetadata } from '../../scan/parquet-metadata.ts';
import { selectColumns } from '../../scan/scan-file.ts';
import { type SourceColumn, sourceColumns } from '../../scan/source-columns.ts';
import { UnreadableError } from '../../scan/unreadable.ts';
import { ConflictError, ObjectNotFoundError, type ObjectStore } from '../../storage/object-store.ts';
import type { CountingSet } from '../count-pool.ts';
import { wantedColumn } from '../profile.ts';
import { balanced, type Span } from './balance.ts';
import type { ShardItem, ShardTask } from './shard-plan.ts';

/** A log file and the sets that count it. */
export interface FileToRead {
  readonly file: LogFile;
  readonly sets: readonly number[];
}

export interface CutRequest {
  readonly logs: ObjectStore;
  readonly sets: readonly CountingSet[];
  readonly record: RecordColumns;
  /** What one shard should read at most. */
  readonly shardBytes: number;
}

/** Indexes that an Indexed Job with a limit of tries for each may have (Kubernetes: 100,000), with room. */
const MOST_SHARDS = 50_000;
/** Footers fetched at once. */
const REQUESTS = 8;

/**
 * Cuts files into shards of about the same size, in order of hour and key, so that the shards of an hour are neighbours. Whole
 * files where they fit; of a larger one, whose footer is fetched for that, the wanted row groups and columns.
 */
export async function cutFiles(request: CutRequest, files: readonly FileToRead[]): Promise<ShardTask[]> {
  const total = files.reduce((sum, { file }) => sum + file.object.size, 0);
  const most = Math.max(request.shardBytes, Math.ceil((2 * total) / MOST_SHARDS));
  const sorted = [...files].sort(
    (a, b) => a.file.hour - b.file.hour || (a.file.object.key < b.file.object.key ? -1 : 1),
  );
  const cut = await pMap(sorted, (file) => cutFile(request, file, most), { concurrency: REQUESTS });
  const units = cut.flat();
  const sizes = units.map(({ bytes }) => bytes);
  return balanced(sizes, most).map((span) => {
    const own = units.slice(...span);
    return { bytes: own.reduce((sum, { bytes }) => sum + bytes, 0), items: own.map(({ item }) => item) };
  });
}

interface Unit {
  readonly bytes: number;
  readonly item: ShardItem;
}

async function cutFile(request: CutRequest, { file, sets }: FileToRead, most: number): Promise<Unit[]> {
  const { size } = file.object;
  const whole = { bytes: size, item: { file, sets } };
  if (size <= most) return [whole];
  try {
    const { metadata } = await readFooter(request.logs, file.object);
    return pieces(request, metadata, { file, sets }, most);
  } catch (error) {
    // What is wrong with it is told by the shard that reads it.
    const isItsOwn = error instanceof UnreadableError || error instanceof ConflictError;
    if (isItsOwn || error instanceof ObjectNotFoundError) return [whole];
    throw error;
  }
}

/** What of a file a set wants: for each of its columns the source. */
interface SetSources {
  readonly set: number;
  readonly columns: readonly (SourceColumn | undefined)[];
}

function pieces(
  { sets: all, record }: CutRequest,
  metadata: ParquetMetadata,
  { file, sets }: FileToRead,
  most: number,
): Unit[] {
  const sources = sourceColumns(metadata, record.features);
  const everywhere = new Set<SourceColumn>();
  const wanted = sets.map((set): SetSources => {
    const { specs, owner } = all[set] ?? { specs: [], owner: [] };
    const request = { wanted: specs.map(wantedColumn), featuresColumn: record.features, owner };
    const { found, owners } = selectColumns(sources, request);
    for (const { source } of owners) everywhere.add(source);
    return { set, columns: found.map(({ source }) => source) };
  });
  // Which keys a map of features has is told of a file as a whole, and a map is all features: there is nothing to share.
  if (sources.some(({ name, kind }) => name === record.features && kind === 'map')) {
    return [{ bytes: file.object.size, item: { file, sets } }];
  }
  const divisible = [...new Set(wanted.flatMap(({ columns }) => columns.flatMap((source) => source ?? [])))].filter(
    (source) => !everywhere.has(source),
  );
  const groups = metadata.rowGroups.length;
  const bytesOf = (columns: Iterable<SourceColumn>, [from, to]: Span) => {
    let bytes = 0;
    for (const { leaves } of columns) {
      for (const { chunks } of metadata.rowGroups.slice(from, to)) {
        for (const chunk of chunks.slice(...leaves)) {
          // Footers can claim anything.
          const length = chunk === undefined ? 0 : Math.min(chunk.end, file.object.size) - Math.max(chunk.start, 0);
          if (length > 0) bytes += length;
        }
      }
    }
    return bytes;
  };
  const sizes = Array.from({ length: groups }, (_, group) =>
    bytesOf([...everywhere, ...divisible], [group, group + 1]),
  );
  const units = balanced(sizes, most).flatMap((span) => {
    const fixed = bytesOf(everywhere, span);
    const columnSizes = divisible.map((source) => bytesOf([source], span));
    // Not so many pieces that what each of them reads outweighs what they share.
    return columnGroups(columnSizes, Math.max(most - fixed, fixed)).map((columns, index) => {
      const chosen = new Set(divisible.slice(...columns));
      // The first one also counts what the file lacks, and what every piece reads anyway.
      const isHere = (source: SourceColumn | undefined) =>
        source === undefined || everywhere.has(source) ? index === 0 : chosen.has(source);
      const own = wanted
        .map(({ set, columns }) => ({
          set,
          columns: columns.flatMap((source, position) => (isHere(source) ? [position] : [])),
        }))
        .filter(({ columns }) => index === 0 || columns.length > 0);
      const item: ShardItem = {
        file,
        sets: own.map(({ set }) => set),
        piece: { rowGroups: span, columns: own.map(({ columns }) => columns) },
      };
      return { bytes: fixed + columnSizes.slice(...columns).reduce((sum, bytes) => sum + bytes, 0), item };
    });
  });
  const [only, ...others] = units;
  return only !== undefined && others.length > 0 ? units : [{ bytes: only?.bytes ?? 0, item: { file, sets } }];
}

/** At least one, though there may be no column to read. */
function columnGroups(sizes: readonly number[], most: number): Span[] {
  const groups = balanced(sizes, Math.max(1, most));
  return groups.length > 0 ? groups : [[0, 0]];
}
