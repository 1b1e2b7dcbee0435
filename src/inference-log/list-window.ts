import pMap from 'p-map';
import type { Hour } from '../storage/hour.ts';
import type { ModelId } from '../storage/layout.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { hoursOf, partitionPrefix, type Window } from './partitions.ts';

/** A log file of an hour. */
export interface LogFile {
  readonly hour: Hour;
  readonly object: ObjectInfo;
}

/** Requests to the storage at once. */
const REQUESTS = 16;

/** The log files of each hour of a window, sorted by key. What only keeps other programs' books is passed over. */
export async function listWindow(
  store: ObjectStore,
  template: string,
  model: ModelId,
  window: Window,
): Promise<{ readonly hour: Hour; readonly files: readonly LogFile[] }[]> {
  const list = async (hour: Hour) => {
    const prefix = partitionPrefix(template, hour, model);
    const files: LogFile[] = [];
    for await (const object of store.list(prefix)) if (isLog(object, prefix)) files.push({ hour, object });
    return { hour, files };
  };
  return await pMap(hoursOf(window), list, { concurrency: REQUESTS });
}

/**
 * Not logs: `_SUCCESS`, `_temporary/…`, hidden files, and the empty directory markers of accounts with a hierarchical
 * namespace, which carry the name of a directory.
 */
function isLog({ key, size }: ObjectInfo, prefix: string): boolean {
  const segments = key.slice(prefix.length).split('/');
  if (segments.some((segment) => segment.startsWith('_') || segment.startsWith('.'))) return false;
  const name = segments.at(-1) ?? '';
  return name !== '' && (size > 0 || name.includes('.'));
}
