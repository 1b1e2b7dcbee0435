import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { type ByteRange, type ParquetMetadata, parquetMetadata } from './parquet-metadata.ts';
import { UnreadableError } from './unreadable.ts';

/** Objects up to this size are fetched whole, in one request. */
const WHOLE_FETCH_BYTES = 256 * 1024;
/** Of larger ones this much of the end is fetched first: it holds the footer of most. */
export const FOOTER_FETCH_BYTES = 64 * 1024;

export interface Footer {
  readonly metadata: ParquetMetadata;
  /** Fetched on the way, from `start` to the end of the object; what they hold need not be fetched again. */
  readonly tail: { readonly start: number; readonly bytes: Uint8Array };
  /** Of the object. */
  readonly metadataRange: ByteRange;
  /** From the storage, to read it. */
  readonly bytesFetched: number;
  /** It tells of some row groups of the object only. */
  readonly isPartial?: true;
}

/** Length of the footer in 4 bytes, and `PAR1`. */
const TRAILER_BYTES = 8;

/** Reads a Parquet object's footer. Rejects with `UnreadableError` where the object is no readable Parquet. */
export async function readFooter(store: ObjectStore, object: ObjectInfo): Promise<Footer> {
  const { key, size, etag } = object;
  if (size === 0) throw new UnreadableError('the file is empty');
  if (size < 12) throw new UnreadableError(`${size} bytes are too few for a Parquet file`);
  let start = size <= WHOLE_FETCH_BYTES ? 0 : size - FOOTER_FETCH_BYTES;
  let bytes = await store.getRange(key, start, size, { ifMatch: etag });
  if (bytes.length !== size - start) throw new UnreadableError('the file became shorter while it was read');
  const length = footerLength(bytes, size);
  const footerStart = size - TRAILER_BYTES - length;
  if (footerStart < start) {
    bytes = Buffer.concat([await store.getRange(key, footerStart, start, { ifMatch: etag }), bytes]);
    start = footerStart;
  }
  const footer = bytes.subarray(footerStart - start, bytes.length - TRAILER_BYTES);
  try {
    const metadataRange = { start: footerStart, end: footerStart + length };
    return { metadata: parquetMetadata(footer), tail: { start, bytes }, metadataRange, bytesFetched: bytes.length };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnreadableError(`its footer cannot be read: ${reason}`, { cause: error });
  }
}

function footerLength(tail: Uint8Array, size: number): number {
  const trailer = Buffer.from(tail.subarray(-TRAILER_BYTES));
  const magic = trailer.toString('latin1', 4);
  if (magic === 'PARE') throw new UnreadableError('its footer is encrypted');
  if (magic !== 'PAR1') throw new UnreadableError('it is no Parquet file, or was cut off: it does not end with PAR1');
  const length = trailer.readUInt32LE(0);
  if (length > size - TRAILER_BYTES - 4) {
    throw new UnreadableError(`its footer would be ${length} bytes long, and the file is ${size}`);
  }
  return length;
}
