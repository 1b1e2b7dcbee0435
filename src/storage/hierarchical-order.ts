import type { ObjectInfo } from './object-store.ts';

export interface ListedBlob extends ObjectInfo {
  /** Whether it stands for a directory of an account with a hierarchical namespace. */
  readonly isDirectory: boolean;
}

/**
 * Puts a flat listing into the order of whole keys, and drops its directories. An account with a hierarchical namespace
 * lists a directory, then all that is in it, then its siblings: `a`, `a/b`, `a-b`; but `-` sorts before `/`
 * (https://github.com/Azure/azure-sdk-for-go/issues/24210). So what comes after a directory waits until its siblings that
 * sort before it are through. Listings without directories stream; of others, one outermost directory is held at a time.
 */
export async function* inKeyOrder(blobs: AsyncIterable<ListedBlob>): AsyncGenerator<ObjectInfo> {
  let directory: string | undefined;
  let held: ObjectInfo[] = [];
  for await (const { isDirectory, ...info } of blobs) {
    if (directory !== undefined && info.key > directory && !info.key.startsWith(directory)) {
      yield* sorted(held);
      held = [];
      directory = undefined;
    }
    if (isDirectory) directory ??= info.key.endsWith('/') ? info.key : `${info.key}/`;
    else if (directory === undefined) yield info;
    else held.push(info);
  }
  yield* sorted(held);
}

function sorted(infos: ObjectInfo[]): ObjectInfo[] {
  return infos.sort((a, b) => (a.key < b.key ? -1 : 1));
}
