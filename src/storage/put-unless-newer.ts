import { z } from 'zod';
import { ConflictError, ObjectNotFoundError, type ObjectStore, type StoredObject } from './object-store.ts';

const windowed = z.object({ window: z.object({ to: z.iso.datetime() }) });

/** Writes a document unless the stored one is of a later window; two runs at once leave the later of the two. */
export async function putUnlessNewer(
  store: ObjectStore,
  key: string,
  document: z.infer<typeof windowed>,
): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(document)}\n`);
  for (;;) {
    const present = await getIfThere(store, key);
    const parsed = windowed.safeParse(present && parseJson(present.bytes));
    // What cannot be read any more is replaced.
    if (parsed.success && Date.parse(parsed.data.window.to) > Date.parse(document.window.to)) return;
    try {
      await store.put(key, bytes, present === undefined ? { ifNoneMatch: '*' } : { ifMatch: present.etag });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

export async function getIfThere(store: ObjectStore, key: string): Promise<StoredObject | undefined> {
  try {
    return await store.get(key);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
