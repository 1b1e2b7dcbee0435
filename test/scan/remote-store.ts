import { ConflictError, type ObjectInfo } from '../../src/storage/object-store.ts';
import { MemoryStore } from '../inference-log/memory-store.ts';

/** An object storage whose objects are no files of this machine. Keeps the ranges that were asked for. */
export class RemoteStore extends MemoryStore {
  readonly ranges: { readonly start: number; readonly end: number }[] = [];
  /** Called before a range is read. */
  onRange: (key: string) => void = () => undefined;
  readonly #versions = new Map<string, number>();

  get bytesFetched(): number {
    return this.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  replace(key: string, bytes: Uint8Array): void {
    this.objects.set(key, bytes);
    this.#versions.set(key, (this.#versions.get(key) ?? 0) + 1);
  }

  override async *list(prefix: string): AsyncGenerator<ObjectInfo> {
    for await (const object of super.list(prefix)) yield { ...object, etag: this.#etag(object.key) };
  }

  override async getRange(key: string, start: number, end: number, condition: { readonly ifMatch?: string } = {}) {
    this.onRange(key);
    this.ranges.push({ start, end });
    if (condition.ifMatch !== undefined && condition.ifMatch !== this.#etag(key))
      throw new ConflictError(key, this.url);
    return await super.getRange(key, start, end);
  }

  #etag(key: string): string {
    return `"${this.#versions.get(key) ?? 0}"`;
  }
}
