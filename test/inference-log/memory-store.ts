import {
  ConflictError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
  StorageError,
  type StoredObject,
  type WriteCondition,
} from '../../src/storage/object-store.ts';

/** The `ObjectStore` contract in memory, with the ways in which a storage fails. */
export class MemoryStore implements ObjectStore {
  readonly url = 'memory:';
  readonly objects = new Map<string, Uint8Array>();
  puts = 0;
  down = false;
  /** The next write arrives, but its answer does not. */
  losesNextAnswer = false;
  /** Writes wait for it. */
  gate: Promise<void> = Promise.resolve();

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    for (const key of [...this.objects.keys()].sort()) {
      const bytes = this.objects.get(key);
      if (bytes !== undefined && key.startsWith(prefix)) yield { key, size: bytes.length, etag: 'etag' };
    }
  }

  async get(key: string): Promise<StoredObject> {
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new ObjectNotFoundError(key, this.url);
    return { bytes, etag: 'etag' };
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array> {
    return (await this.get(key)).bytes.subarray(start, end);
  }

  async put(key: string, bytes: Uint8Array, condition?: WriteCondition): Promise<{ readonly etag: string }> {
    this.puts += 1;
    await this.gate;
    if (this.down) throw new StorageError('no answer');
    if (condition?.ifNoneMatch === '*' && this.objects.has(key)) throw new ConflictError(key, this.url);
    this.objects.set(key, bytes);
    if (this.losesNextAnswer) {
      this.losesNextAnswer = false;
      throw new StorageError('connection reset');
    }
    return { etag: 'etag' };
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }
}
