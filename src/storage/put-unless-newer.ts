import { z } from 'zod';
import { encodeJson, getIfThere, parseJson } from './json-document.ts';
import { ConflictError, type ObjectStore } from './object-store.ts';

const windowed = z.object({ window: z.object({ to: z.iso.datetime() }) });

/** Writes a document unless the stored one is of a later window; two runs at once leave the later of the two. */
export async function putUnlessNewer(
  store: ObjectStore,
  key: string,
  document: z.infer<typeof windowed>,
): Promise<void> {
  const bytes = encodeJson(document);
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
