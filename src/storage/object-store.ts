import { DriftMonitorError } from '../errors.ts';

/** One stored object. `etag` is opaque: equal from `list`, `get` and `put`, and different after every write. */
export interface ObjectInfo {
  readonly key: string;
  /** bytes */
  readonly size: number;
  readonly etag: string;
}

export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/**
 * At most one of the two. A condition that does not hold rejects with `ConflictError` and changes nothing. A conflict may be
 * with one's own write, when its answer was lost and the driver tried again: look at what is there before deciding.
 */
export interface WriteCondition {
  /** Write only over exactly this version. */
  readonly ifMatch?: string;
  /** Write only where nothing is yet. */
  readonly ifNoneMatch?: '*';
}

/**
 * What the program needs of an object storage. Keys are `/`-separated, relative to the storage URL, and never contain
 * `.` or `..` segments (such keys are refused with a `StorageError`). Every write is atomic: a reader sees the old bytes or
 * the new ones, whenever a process is killed.
 *
 * Errors: `ObjectNotFoundError` (get, getRange), `StorageNotFoundError` (list, get, getRange, where the storage as a whole is
 * missing), `ConflictError` (a condition does not hold, or the object changed while it was read), `StorageError` (anything
 * else, after the driver's own retries). None of them carries a secret.
 */
export interface ObjectStore {
  /** The URL as a person may see it: without credentials. */
  readonly url: string;

  /** All objects whose key starts with `prefix` (a plain string prefix), in ascending key order (UTF-16 code units). */
  list(prefix: string): AsyncIterable<ObjectInfo>;

  get(key: string): Promise<StoredObject>;

  /**
   * Bytes `[start, end)` of the object, fewer where it ends earlier; `ifMatch` rejects with `ConflictError` when the object
   * was rewritten meanwhile. An empty range is a `RangeError`.
   */
  getRange(key: string, start: number, end: number, condition?: { readonly ifMatch?: string }): Promise<Uint8Array>;

  put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<{ readonly etag: string }>;

  /** Deleting what is not there is no error, unless `ifMatch` says that it was there. */
  delete(key: string, condition?: { readonly ifMatch?: string }): Promise<void>;

  /** Absolute path of the directory that the objects lie in as files of this machine, where they do. */
  readonly localRoot?: string;

  /** Absolute path of the object where it is a file of this machine, so that it need not be copied to be read. */
  localPath?(key: string): string;
}

export class StorageError extends DriftMonitorError {
  override name = 'StorageError';
}

/** The storage itself is not there; the first write makes it. */
export class StorageNotFoundError extends StorageError {
  override name = 'StorageNotFoundError';
}

export class ObjectNotFoundError extends StorageError {
  override name = 'ObjectNotFoundError';
  readonly key: string;

  constructor(key: string, url: string) {
    super(`${key} does not exist in ${url}`);
    this.key = key;
  }
}

export class ConflictError extends StorageError {
  override name = 'ConflictError';
  readonly key: string;

  constructor(key: string, url: string) {
    super(`${key} in ${url} was written by someone else meanwhile`);
    this.key = key;
  }
}
