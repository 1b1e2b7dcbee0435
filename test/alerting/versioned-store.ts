import {
  ConflictError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
  type StoredObject,
  type WriteCondition,
} from '../../src/storage/object-store.ts';

/** The `ObjectStore` contract in memory, ETags included. */
export class VersionedStore implements ObjectStore {
  readonly url = 'memory:';
  readonly objects = new Map<string, { bytes: Uint8Array; version: number }>();
  #versions = 0;

  async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    for (const key of [...this.objects.keys()].sort()) {
      const found = this.objects.get(key);
      if (found !== undefined && key.startsWith(prefix)) {
        yield { key, size: found.bytes.length, etag: String(found.version) };
      }
    }
  }

  async get(key: string): Promise<StoredObject> {
    const found = this.objects.get(key);
    if (found === undefined) throw new ObjectNotFoundError(key, this.url);
    return { bytes: found.bytes, etag: String(found.version) };
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array> {
    return (await this.get(key)).bytes.subarray(start, end);
  }

  async put(key: string, bytes: Uint8Array, condition: WriteCondition = {}): Promise<{ readonly etag: string }> {
    const present = this.objects.get(key);
    const isOther = condition.ifMatch !== undefined && condition.ifMatch !== String(present?.version);
    if (isOther || (condition.ifNoneMatch === '*' && present !== undefined)) throw new ConflictError(key, this.url);
    this.#versions += 1;
    this.objects.set(key, { bytes, version: this.#versions });
    return { etag: String(this.#versions) };
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  json(key: string): unknown {
    return JSON.parse(Buffer.from(this.objects.get(key)?.bytes ?? []).toString());
  }

  /** Everything that is stored, as text. */
  text(): string {
    return [...this.objects].map(([key, { bytes }]) => `${key}\n${Buffer.from(bytes).toString()}`).join('\n');
  }
}

/** What a process does to the world, before and after which it may be killed. */
export interface Interruptible {
  before(what: string): Promise<void> | void;
  after(what: string): Promise<void> | void;
}

/** The writes of one process to a store that others use as well. */
export function throughProcess(store: ObjectStore, process: Interruptible): ObjectStore {
  return {
    url: store.url,
    list: (prefix) => store.list(prefix),
    getRange: (...range) => store.getRange(...range),
    async get(key) {
      await process.before('');
      return await store.get(key);
    },
    async put(key, bytes, condition) {
      await process.before(`put ${key}`);
      const result = await store.put(key, bytes, condition);
      await process.after(`put ${key}`);
      return result;
    },
    async delete(key, condition) {
      await process.before(`delete ${key}`);
      await store.delete(key, condition);
      await process.after(`delete ${key}`);
    },
  };
}
