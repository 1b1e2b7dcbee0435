import { type FileHandle, open, realpath, rm, symlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DriftMonitorError } from '../errors.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import type { Footer } from './footer.ts';
import type { ByteRange, ParquetMetadata } from './parquet-metadata.ts';
import type { Workspace } from './workspace.ts';

/** A file that DuckDB can open, under a name without wildcards. */
export interface LocalFile {
  readonly path: string;
  /** Bytes fetched from the storage for it, footer included. */
  readonly bytesFetched: number;
  /** Rejects with `ConflictError` where what DuckDB reads may be another version than the one that was listed. */
  assertUnchanged(): Promise<void>;
  dispose(): Promise<void>;
}

/** Largest piece fetched at once: bounds what is held in memory. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** Neighbouring ranges closer than this are fetched together: a request costs more than the gap. */
const GAP_BYTES = 64 * 1024;

let nextFile = 0;

/**
 * The object as a local file: in place where it is one already and all of it is wanted, else a sparse file that holds the
 * footer and the column chunks of `leaves`. Rejects with the storage's errors, and with `DriftMonitorError` where the scratch folder
 * cannot be written.
 */
export async function materialise(
  workspace: Workspace,
  store: ObjectStore,
  object: ObjectInfo,
  footer: Footer,
  leaves: ReadonlySet<number>,
): Promise<LocalFile> {
  nextFile += 1;
  const path = join(workspace.scratch, `${nextFile}.parquet`);
  const dispose = () => rm(path, { force: true });
  const inPlace = footer.isPartial ? undefined : await realPathWithin(workspace, store.localPath?.(object.key));
  if (inPlace !== undefined) {
    await inScratch(workspace, () => symlink(inPlace, path));
    const assertUnchanged = async () => {
      await store.getRange(object.key, 0, 1, { ifMatch: object.etag });
    };
    return { path, bytesFetched: 0, assertUnchanged, dispose };
  }
  try {
    const bytesFetched = await copyParts(workspace, store, object, footer, leaves, path);
    // Every part was fetched on the condition that the object is still the same.
    return { path, bytesFetched, assertUnchanged: async () => undefined, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function copyParts(
  workspace: Workspace,
  store: ObjectStore,
  object: ObjectInfo,
  { metadata, tail, ...footer }: Footer,
  leaves: ReadonlySet<number>,
  path: string,
): Promise<number> {
  await using file = await inScratch(workspace, () => open(path, 'wx'));
  await inScratch(workspace, () => file.truncate(tail.start + tail.bytes.length));
  let { bytesFetched } = footer;
  await inScratch(workspace, () => writeFully(file, tail.bytes, tail.start));
  for (const range of rangesToFetch(metadata, leaves, tail.start)) {
    for (let start = range.start; start < range.end; start += PIECE_BYTES) {
      const end = Math.min(range.end, start + PIECE_BYTES);
      const bytes = await store.getRange(object.key, start, end, { ifMatch: object.etag });
      bytesFetched += bytes.length;
      await inScratch(workspace, () => writeFully(file, bytes, start));
    }
  }
  return bytesFetched;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** A full disk is no fault of the log file. */
async function inScratch<T>(workspace: Workspace, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new DriftMonitorError(
      `the scratch folder ${workspace.scratch} cannot be written: ${cause}; set DRIFT_TEMP_DIRECTORY to another place`,
      { cause: error },
    );
  }
}

async function realPathWithin(workspace: Workspace, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  return workspace.roots.some((root) => real.startsWith(root.endsWith(sep) ? root : root + sep)) ? real : undefined;
}

/** What has to be fetched: sorted, near neighbours joined, without what came with the footer. Footers can claim anything. */
function rangesToFetch({ rowGroups }: ParquetMetadata, leaves: ReadonlySet<number>, tailStart: number): ByteRange[] {
  const wanted = rowGroups.flatMap(({ chunks }) =>
    chunks.filter((chunk, leaf) => chunk !== undefined && leaves.has(leaf)),
  );
  const joined: { start: number; end: number }[] = [];
  for (const range of wanted.filter((chunk) => chunk !== undefined).sort((a, b) => a.start - b.start)) {
    const end = Math.min(range.end, tailStart);
    if (range.start < 0 || range.start >= end) continue;
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end + GAP_BYTES) last.end = Math.max(last.end, end);
    else joined.push({ start: range.start, end });
  }
  return joined;
}
