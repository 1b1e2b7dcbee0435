import { z } from 'zod';
import { encodeJson, parseJson } from './json-document.ts';
import type { ObjectStore } from './object-store.ts';
import { updateObject } from './update-object.ts';

const windowed = z.object({ window: z.object({ to: z.iso.datetime() }) });

/** Writes a document unless the stored one is of a later window; two runs at once leave the later of the two. */
export async function putUnlessNewer(
  store: ObjectStore,
  key: string,
  document: z.infer<typeof windowed>,
): Promise<void> {
  const bytes = encodeJson(document);
  await updateObject(store, key, (present) => {
    const parsed = windowed.safeParse(present && parseJson(present));
    // What cannot be read any more is replaced.
    const isNewer = parsed.success && Date.parse(parsed.data.window.to) > Date.parse(document.window.to);
    return isNewer ? undefined : bytes;
  });
}
