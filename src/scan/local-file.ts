import { open, realpath, rm, symlink, truncate } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileMetaData } from 'hyparquet';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import type { Engine } from './duckdb.ts';
import type { Footer } from './footer.ts';

/** A file that DuckDB can open, under a name without wildcards. */
export interface LocalFile {
  readonly path: string;
  /** Bytes fetched from the storage for it, footer included. */
  readonly bytesFetched: number;
  dispose(): Promise<void>;
}

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Largest piece fetched at once: bounds what is held in memory. */
const PIECE_BYTES = 8 * 1024 * 1024;
/** Neighbouring ranges closer than this are fetched together: a request costs more than the gap. */
const GAP_BYTES = 64 * 1024;

let nextFile = 0;

/**
 * The object as a local file: in place where it is one already, else a sparse file of the same size that holds the footer
 * and the column chunks of `leaves`.
 */
export async function materialise(
  engine: Engine,
  store: ObjectStore,
  object: ObjectInfo,
  footer: Footer,
  leaves: ReadonlySet<number>,
): Promise<LocalFile> {
  nextFile += 1;
  const path = join(engine.scratch, `${nextFile}.parquet`);
  const dispose = () => rm(path, { force: true });
  const inPlace = await realPathWithin(engine, store.localPath?.(object.key));
  if (inPlace !== undefined) {
    await symlink(inPlace, path);
    return { path, bytesFetched: 0, dispose };
  }
  let bytesFetched = 0;
  const file = await open(path, 'w');
  try {
    for (const { start, bytes } of footer.fetched) {
      await file.write(bytes, 0, bytes.length, start);
      bytesFetched += bytes.length;
    }
    for (const range of missingRanges(chunkRanges(footer.metadata, leaves), footer, object.size)) {
      for (let start = range.start; start < range.end; start += PIECE_BYTES) {
        const end = Math.min(range.end, start + PIECE_BYTES);
        const bytes = await store.getRange(object.key, start, end, { ifMatch: object.etag });
        await file.write(bytes, 0, bytes.length, start);
        bytesFetched += bytes.length;
      }
    }
  } catch (error) {
    await file.close();
    await dispose();
    throw error;
  }
  await file.close();
  await truncate(path, object.size);
  return { path, bytesFetched, dispose };
}

async function realPathWithin(engine: Engine, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const real = await realpath(path);
  return engine.roots.some((root) => real.startsWith(root.endsWith(sep) ? root : root + sep)) ? real : undefined;
}

function chunkRanges(metadata: FileMetaData, leaves: ReadonlySet<number>): ByteRange[] {
  return metadata.row_groups.flatMap((group) =>
    group.columns.flatMap((chunk, leaf) => {
      const meta = chunk.meta_data;
      if (meta === undefined || !leaves.has(leaf)) return [];
      const offsets = [meta.data_page_offset, meta.dictionary_page_offset].filter((offset) => offset !== undefined);
      // Some writers put 0 for "no dictionary page".
      const start = Math.min(...offsets.map(Number).filter((offset) => offset > 0));
      return [{ start, end: start + Number(meta.total_compressed_size) }];
    }),
  );
}

/** What has to be fetched: sorted, near neighbours joined, without what came with the footer. */
function missingRanges(ranges: readonly ByteRange[], footer: Footer, size: number): ByteRange[] {
  const tail = Math.min(size, ...footer.fetched.map((range) => range.start));
  const joined: { start: number; end: number }[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const end = Math.min(range.end, tail);
    if (range.start < 0 || range.start >= end) continue;
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end + GAP_BYTES) last.end = Math.max(last.end, end);
    else joined.push({ start: range.start, end });
  }
  return joined;
}
