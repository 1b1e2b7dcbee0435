import { setTimeout as delay } from 'node:timers/promises';
import { getIfThere } from './json-document.ts';
import { ConflictError, type ObjectStore } from './object-store.ts';

/** Writes of others that may come in between before something is wrong. */
const TRIES = 50;

/**
 * Changes an object, whoever else does so at the same time: `change` is called again with what they have written, so it must
 * not mind that its own change is already there. Nothing is written where it returns undefined.
 */
export async function updateObject(
  store: ObjectStore,
  key: string,
  change: (bytes: Uint8Array | undefined) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
  sleep: (ms: number) => Promise<unknown> = (ms) => delay(ms),
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const present = await getIfThere(store, key);
    const changed = await change(present?.bytes);
    if (changed === undefined) return;
    try {
      await store.put(key, changed, present === undefined ? { ifNoneMatch: '*' } : { ifMatch: present.etag });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= TRIES) throw error;
      await sleep(Math.min(1000, 10 * attempt));
    }
  }
}
