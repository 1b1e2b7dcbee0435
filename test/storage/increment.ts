import { ConflictError, type ObjectStore } from '../../src/storage/object-store.ts';

/** Adds 1 to the number in an object, trying again until nobody else wrote between. */
export async function increment(store: ObjectStore, key: string): Promise<void> {
  for (;;) {
    const { bytes, etag } = await store.get(key);
    try {
      await store.put(key, Buffer.from(String(Number(Buffer.from(bytes).toString()) + 1)), { ifMatch: etag });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
