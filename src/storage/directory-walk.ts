import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence } from './directory-error.ts';
import { hasSegment } from './key.ts';
import { StorageError } from './object-store.ts';

/** Files asked for at once: enough to hide a network file system's latency, few enough to stream. */
const STAT_BATCH = 64;

export interface FoundFile {
  readonly key: string;
  readonly stats: BigIntStats;
}

interface Directory {
  readonly path: string;
  /** Empty, or ends with `/`. */
  readonly key: string;
  /** Device and inode of the directories it is in: a link back to one of them would loop. */
  readonly above: readonly string[];
}

/**
 * The files below `root` whose path relative to it starts with `prefix`, in ascending order of UTF-16 code units. Reads
 * only directories that can hold such files, one at a time; follows links; passes over what vanishes meanwhile.
 *
 * @param hidden name of an entry of the root that is passed over
 */
export async function* walk(root: string, prefix: string, hidden: string): AsyncGenerator<FoundFile> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const unreachable = start !== '' && hasSegment(start.slice(0, -1), ['', '.', '..']);
  if (unreachable || prefix.includes('\0') || start.startsWith(`${hidden}/`)) return;

  const rootStats = await ifThere(() => stat(root));
  if (rootStats === undefined) return;
  // further down this means that something vanished
  if (!rootStats.isDirectory()) throw new StorageError(`${root} is a file; the storage URL has to name a directory`);

  yield* walkDirectory({ path: join(root, start), key: start, above: [] }, prefix, `${hidden}/`);
}

async function* walkDirectory(directory: Directory, prefix: string, hidden: string): AsyncGenerator<FoundFile> {
  const stats = await ifThere(() => stat(directory.path, { bigint: true }));
  const identity = `${stats?.dev}:${stats?.ino}`;
  if (stats === undefined || directory.above.includes(identity)) return;

  const entries = (await ifThere(() => readdir(directory.path, { withFileTypes: true }))) ?? [];
  const keys = await Promise.all(entries.map(async (entry) => directory.key + (await nameOf(entry, directory.path))));
  const matching = keys.filter((key) => key.startsWith(prefix) && key !== hidden).sort(byCodeUnits);

  for (let first = 0; first < matching.length; first += STAT_BATCH) {
    const batch = matching.slice(first, first + STAT_BATCH).map(async (key) => {
      const path = join(directory.path, key.slice(directory.key.length));
      return { key, path, stats: key.endsWith('/') ? undefined : await ifThere(() => stat(path, { bigint: true })) };
    });
    for (const { key, path, stats } of await Promise.all(batch)) {
      if (key.endsWith('/')) {
        yield* walkDirectory({ path, key, above: [...directory.above, identity] }, prefix, hidden);
      } else if (stats?.isFile()) {
        yield { key, stats };
      }
    }
  }
}

/** With a slash behind a directory's name, so that keys sort whole: `a-b` comes before `a/b`. */
async function nameOf(entry: Dirent, parent: string): Promise<string> {
  const known = entry.isFile() || entry.isDirectory();
  const type = known ? entry : await ifThere(() => stat(join(parent, entry.name)));
  return type?.isDirectory() ? `${entry.name}/` : entry.name;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

async function ifThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
