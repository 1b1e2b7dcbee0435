import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { parquetMetadataAsync } from 'hyparquet';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/** Objects up to this size are fetched whole, in one request; of larger ones this much of the end is fetched first. */
export const FOOTER_FETCH_BYTES = 256 * 1024;

export interface Footer {
  readonly metadata: FileMetaData;
  readonly rows: number;
  /** Fetched on the way; what they hold need not be fetched again. */
  readonly fetched: readonly FetchedRange[];
}

export interface FetchedRange {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Reads a Parquet object's footer. Rejects with what is wrong with the object where it is no readable Parquet. */
export async function readFooter(store: ObjectStore, object: ObjectInfo): Promise<Footer> {
  if (object.size === 0) throw new Error('the file is empty');
  if (object.size < 12) throw new Error(`${object.size} bytes are too few for a Parquet file`);
  const fetched: FetchedRange[] = [];
  const file: AsyncBuffer = {
    byteLength: object.size,
    async slice(start, end = object.size) {
      const bytes = await store.getRange(object.key, start, end, { ifMatch: object.etag });
      fetched.push({ start, bytes });
      return bytes.slice().buffer;
    },
  };
  // Statistics are not needed, and a writer's odd ones must not make a file unreadable.
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: FOOTER_FETCH_BYTES, geoparquet: false });
  return { metadata, rows: Number(metadata.num_rows), fetched };
}
