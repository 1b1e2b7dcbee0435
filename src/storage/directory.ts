import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, renameSync, statSync, unlinkSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { directoryError, isAbsence } from './directory-error.ts';
import { walk } from './directory-walk.ts';
import { withFileLock } from './file-lock.ts';
import { assertKey, hasSegment, refusedKey } from './key.ts';
import {
  ConflictError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
  type StoredObject,
  type WriteCondition,
} from './object-store.ts';
import { assertRange } from './range.ts';

/** Temporary and lock files: below the root, so that a rename never crosses file systems. No key begins with it. */
const OWN_DIRECTORY = '.object-store';

/** A write that lasts longer than this was killed. */
const TEMPORARY_FILE_AGE_MS = 60 * 60 * 1000;

/**
 * Objects as files of a directory, which other programs may read, write and link into while this one runs. The directory
 * need not exist before the first write.
 *
 * A file and a directory cannot share a name: with `a/b` stored, writing `a` is a `StorageError`.
 */
export class DirectoryStore implements ObjectStore {
  readonly url: string;
  readonly localRoot: string;
  readonly #root: string;
  readonly #own: string;
  #swept = false;

  constructor(root: string) {
    this.#root = resolve(root);
    this.#own = join(this.#root, OWN_DIRECTORY);
    this.localRoot = this.#root;
    this.url = `file:${this.#root}`;
  }

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    try {
      for await (const { key, stats } of walk(this.#root, prefix, OWN_DIRECTORY)) {
        yield { key, size: Number(stats.size), etag: etagOf(stats) };
      }
    } catch (error) {
      throw directoryError('list', join(this.#root, prefix), error);
    }
  }

  async get(key: string): Promise<StoredObject> {
    return await this.#read(key, undefined, async (file, stats) => await readFully(file, 0, Number(stats.size)));
  }

  async getRange(key: string, start: number, end: number, condition: { readonly ifMatch?: string } = {}) {
    assertRange(start, end);
    const { bytes } = await this.#read(key, condition.ifMatch, async (file, stats) => {
      const last = Math.min(end, Number(stats.size));
      return await readFully(file, start, Math.max(0, last - start));
    });
    return bytes;
  }

  async put(key: string, bytes: Uint8Array, condition: WriteCondition = {}): Promise<{ readonly etag: string }> {
    const path = this.localPath(key);
    const temporary = join(this.#own, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.#own, { recursive: true });
      await this.#sweep();
      const etag = await writeDurably(temporary, bytes);
      const firstNewDirectory = await mkdir(dirname(path), { recursive: true });
      await withFileLock(this.#lockPath(key), () => {
        this.#assertCondition(key, path, condition);
        renameSync(temporary, path);
      });
      await makeNamesDurable(dirname(path), firstNewDirectory);
      return { etag };
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {}); // the first failure is the one to tell
      throw directoryError('write', path, error);
    }
  }

  async delete(key: string, condition: { readonly ifMatch?: string } = {}): Promise<void> {
    const path = this.localPath(key);
    try {
      if (statIfThere(path) === undefined) {
        if (condition.ifMatch !== undefined) throw new ConflictError(key, this.url);
        return;
      }
      await mkdir(this.#own, { recursive: true });
      await withFileLock(this.#lockPath(key), () => {
        if (this.#assertCondition(key, path, condition)) unlinkSync(path);
      });
      await makeNamesDurable(dirname(path));
    } catch (error) {
      throw directoryError('delete', path, error);
    }
  }

  localPath(key: string): string {
    assertKey(key, this.url);
    // on a disk, `a//b` and `a/b` are one file
    if (hasSegment(key, ['']) || key.split('/')[0] === OWN_DIRECTORY) throw refusedKey(key, this.url);
    return join(this.#root, key);
  }

  /** The bytes that `readBytes` takes, and the version they are of. */
  async #read(
    key: string,
    ifMatch: string | undefined,
    readBytes: (file: FileHandle, stats: BigIntStats) => Promise<Uint8Array>,
  ): Promise<StoredObject> {
    const path = this.localPath(key);
    try {
      await using file = await open(path);
      const stats = await file.stat({ bigint: true });
      if (!stats.isFile()) throw new ObjectNotFoundError(key, this.url);
      const etag = etagOf(stats);
      if (ifMatch !== undefined && ifMatch !== etag) throw new ConflictError(key, this.url);
      const bytes = await readBytes(file, stats);
      // this store replaces files; other programs may write into them
      if (etagOf(await file.stat({ bigint: true })) !== etag) throw new ConflictError(key, this.url);
      return { bytes, etag };
    } catch (error) {
      if (isAbsence(error)) throw new ObjectNotFoundError(key, this.url);
      throw directoryError('read', path, error);
    }
  }

  /** Call with the key's lock held. Says whether the object is there. */
  #assertCondition(key: string, path: string, { ifMatch, ifNoneMatch }: WriteCondition): boolean {
    const stats = statIfThere(path);
    const holds =
      (ifMatch === undefined || (stats !== undefined && etagOf(stats) === ifMatch)) &&
      (ifNoneMatch === undefined || stats === undefined);
    if (!holds) throw new ConflictError(key, this.url);
    return stats !== undefined;
  }

  #lockPath(key: string): string {
    return join(this.#own, `${createHash('sha256').update(key).digest('hex')}.lock`);
  }

  /** Removes what killed processes left, once. */
  async #sweep(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    for (const name of await readdir(this.#own)) {
      if (!name.endsWith('.tmp')) continue;
      const path = join(this.#own, name);
      const stats = await stat(path).catch(() => undefined); // another process may finish it or sweep too
      if (stats && Date.now() - stats.mtimeMs > TEMPORARY_FILE_AGE_MS) await rm(path, { force: true });
    }
  }
}

/** Nothing but these three is known of a file that another program dropped in, and none changes by a rename. */
function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}`;
}

function statIfThere(path: string): BigIntStats | undefined {
  try {
    const stats = statSync(path, { bigint: true });
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

async function readFully(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) break; // truncated meanwhile, which the version then shows
    filled += bytesRead;
  }
  return bytes;
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<string> {
  await using file = await open(path, 'wx');
  await file.writeFile(bytes);
  const now = uniqueTime();
  await file.utimes(now, now);
  await file.sync();
  return etagOf(await file.stat({ bigint: true }));
}

/**
 * Now, in seconds. A kernel's file times tick every few ms, and a freed inode is used again at once: the same bytes written
 * twice could look like the same file. The ms are the wall clock's, the µs below them the monotonic clock's, which all
 * processes of the host share.
 */
function uniqueTime(): number {
  const microseconds = Number((process.hrtime.bigint() / 1000n) % 1000n);
  return (Date.now() + microseconds / 1000) / 1000;
}

/** A rename survives a power failure once its directory is synchronised, a new directory once its parent is. */
async function makeNamesDurable(directory: string, firstNewDirectory?: string): Promise<void> {
  const last = firstNewDirectory === undefined ? directory : dirname(firstNewDirectory);
  for (let path = directory; ; path = dirname(path)) {
    await synchronise(path);
    if (path === last) return;
  }
}

async function synchronise(directory: string): Promise<void> {
  try {
    await using handle = await open(directory);
    await handle.sync();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // some network file systems cannot, and the write itself is done
    if (code !== 'EINVAL' && code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EISDIR') throw error;
  }
}
