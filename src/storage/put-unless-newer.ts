import { z } from 'zod';
import { encodeJson, parseJson } from './json-document.ts';
import type { ObjectStore } from './object-store.ts';
import { updateObject } from './update-object.ts';

const windowed = z.object({ window: z.object({ to: z.iso.datetime() }) });

/**
 * Writes a document unless the stored one is of a later window; two runs at once leave the later of the two. One whose window
 * ends after `until`, in milliseconds since 1970, was written by a wrong clock and keeps nothing from being written.
 */
export async function putUnlessNewer(
  store: ObjectStore,
  key: string,
  document: z.infer<typeof windowed>,
  until?: number,
): Promise<void> {
  const windowTo = (present: Uint8Array) => {
    const parsed = windowed.safeParse(parseJson(present));
    return parsed.success ? Date.parse(parsed.data.window.to) : undefined;
  };
  await putBytesUnlessNewer(store, key, encodeJson(document), Date.parse(document.window.to), windowTo, until);
}

/** The same for what is no JSON: `windowTo` finds the end of the window in what is stored, undefined where there is none. */
export async function putBytesUnlessNewer(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
  to: number,
  windowTo: (present: Uint8Array) => number | undefined,
  until = Number.POSITIVE_INFINITY,
): Promise<void> {
  await updateObject(store, key, (present) => {
    // What cannot be read any more is replaced.
    const stored = present && windowTo(present);
    return stored !== undefined && stored > to && stored <= until ? undefined : bytes;
  });
}
