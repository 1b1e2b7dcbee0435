import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { readFooter } from './footer.ts';
import { materialise } from './local-file.ts';
import type { RowNumbering } from './numbered-rows.ts';
import type { ParquetMetadata } from './parquet-metadata.ts';
import { type RowGroupRange, withRowGroups } from './row-groups.ts';
import { nameColumnOf, type ScanRequest, selectColumns } from './scan-file.ts';
import { type SourceColumn, sourceColumns } from './source-columns.ts';
import { UnreadableError } from './unreadable.ts';
import type { Workspace } from './workspace.ts';

/** A Parquet file that DuckDB can open, and what its footer says. Plain data: it travels to worker threads. */
export interface LocatedFile extends RowNumbering {
  /** Of the object. */
  readonly key: string;
  /** Row of the object that the file begins with: it may have some of the row groups only. */
  readonly firstRow: number;
  readonly path: string;
  readonly rows: number;
  readonly rowGroupRows: readonly number[];
  readonly sources: readonly SourceColumn[];
  /** A column that can be decoded where none is asked for. */
  readonly filler: SourceColumn;
  /** For each leaf the bytes of its largest column chunk. */
  readonly chunkBytes: readonly number[];
  /** Leaves whose place the footer keeps secret. */
  readonly encryptedLeaves: readonly number[];
}

/** A located file with what only the thread that located it can do. */
export interface FileLease {
  readonly file: LocatedFile;
  /** Bytes fetched from a remote storage for it. */
  readonly bytesFetched: number;
  /** Rejects with `ConflictError` where what was scanned may be another version than the one that was listed. */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Brings what `requests` want of a Parquet object into the workspace. Rejects with `UnreadableError` where the object is
 * none; storage errors pass through.
 *
 * @param columnNames names of the top-level columns, where the file's own are not the real ones (a CSV file turned into Parquet)
 * @param rowGroups the row groups that are wanted, as a file of their own; by default all
 */
export async function locateFile(
  workspace: Workspace,
  store: ObjectStore,
  object: ObjectInfo,
  requests: readonly ScanRequest[],
  columnNames?: readonly string[],
  rowGroups?: RowGroupRange,
): Promise<FileLease> {
  const whole = await readFooter(store, object);
  const footer = rowGroups === undefined ? whole : withRowGroups(whole, rowGroups);
  const { metadata } = footer;
  const sources = sourceColumns(metadata, requests[0]?.featuresColumn ?? '', columnNames);
  const wanted = requests.flatMap((request) => {
    const { found, owners } = selectColumns(sources, request);
    // A map of features is asked for its keys even where no wanted column is one of them.
    const maps = sources.filter(({ name, kind }) => name === request.featuresColumn && kind === 'map');
    const named = found.some(({ wanted }) => wanted.as === 'embedding') ? nameColumnOf(sources, request) : undefined;
    return [...found, ...owners, { source: named }].flatMap(({ source }) => source ?? []).concat(maps);
  });
  const filler = smallest(wanted, metadata) ?? sources[0];
  if (filler === undefined) throw new UnreadableError('it has no columns');
  const needed = [...wanted, filler];
  const leaves = leavesOf(needed);
  const local = await materialise(workspace, store, object, footer, leaves);
  return {
    file: {
      key: object.key,
      firstRow: whole.metadata.rowGroups.slice(0, rowGroups?.[0] ?? 0).reduce((sum, { rows }) => sum + rows, 0),
      path: local.path,
      rows: metadata.rows,
      rowGroupRows: metadata.rowGroups.map(({ rows }) => rows),
      width: metadata.columns.length,
      takesRowNumber: metadata.columns.some(({ name }) => name.toLowerCase() === 'file_row_number'),
      sources,
      filler,
      chunkBytes: largestChunks(metadata),
      encryptedLeaves: [...new Set(metadata.rowGroups.flatMap(({ chunks }) => [...secret(chunks)]))],
    },
    bytesFetched: local.bytesFetched,
    assertUnchanged: () => local.assertUnchanged(),
    close: () => local.dispose(),
  };
}

/** The column with the fewest bytes: what it takes to decode it, any worker has. */
function smallest(columns: readonly SourceColumn[], { rowGroups }: ParquetMetadata): SourceColumn | undefined {
  const bytesOf = ({ leaves: [from, to] }: SourceColumn) =>
    rowGroups
      .flatMap(({ chunks }) => chunks.slice(from, to))
      .reduce((sum, chunk) => sum + (chunk === undefined ? Number.POSITIVE_INFINITY : chunk.end - chunk.start), 0);
  let least: SourceColumn | undefined;
  for (const column of columns) if (least === undefined || bytesOf(column) < bytesOf(least)) least = column;
  return least;
}

function largestChunks({ rowGroups }: ParquetMetadata): number[] {
  const largest: number[] = [];
  for (const { chunks } of rowGroups) {
    for (const [leaf, chunk] of chunks.entries()) {
      largest[leaf] = Math.max(largest[leaf] ?? 0, chunk === undefined ? 0 : chunk.end - chunk.start);
    }
  }
  return largest;
}

function* secret(chunks: ParquetMetadata['rowGroups'][number]['chunks']): Generator<number> {
  for (const [leaf, chunk] of chunks.entries()) if (chunk === undefined) yield leaf;
}

function leavesOf(sources: readonly SourceColumn[]): Set<number> {
  const leaves = new Set<number>();
  for (const source of sources) {
    const [from, to] = source.leaves;
    for (let leaf = from; leaf < to; leaf++) leaves.add(leaf);
  }
  return leaves;
}
