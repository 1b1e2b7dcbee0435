import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Where a scan may read and write on this machine. Plain data but for `close`. */
export interface Workspace {
  /** Real path of a folder of its own. */
  readonly scratch: string;
  /** Real paths of the directories whose files are read in place. */
  readonly roots: readonly string[];
}

/** Makes the scratch folder in `tempDirectory`, by default the system's. Local storages among `stores` are read in place. */
export async function openWorkspace(
  tempDirectory: string | undefined,
  stores: readonly ObjectStore[],
): Promise<Workspace & { close(): Promise<void> }> {
  const scratch = await makeScratch(tempDirectory ?? tmpdir());
  const roots = await Promise.all(
    stores.map(({ localRoot }) => (localRoot === undefined ? undefined : realpath(localRoot).catch(() => undefined))),
  );
  // A run that is ended by a signal leaves nothing behind either.
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    scratch,
    roots: roots.filter((root) => root !== undefined),
    async close() {
      process.off('exit', remove);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function makeScratch(parent: string): Promise<string> {
  try {
    return await realpath(await mkdtemp(join(parent, 'drift-monitor-')));
  } catch (error) {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError([
      `no scratch files can be made in ${parent} (${cause}): name a directory that can be written in DRIFT_TEMP_DIRECTORY`,
    ]);
  }
}
