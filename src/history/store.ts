import { isUtf8 } from 'node:buffer';
import pMap from 'p-map';
import { DriftMonitorError } from '../errors.ts';
import { HOUR_MS, type Hour } from '../storage/hour.ts';
import { getIfThere } from '../storage/json-document.ts';
import { dayOfHistoryKey, historyKey, historyPrefix } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { readLines, withLine } from './day-file.ts';
import type { HistoryLine, KnownNames } from './line.ts';

const DAY_MS = 24 * HOUR_MS;
/** Requests to the storage at once. */
const REQUESTS = 32;

/**
 * Writes the line of a run over an earlier one of its hour and version. Reads the file of its day, and nothing else. Throws where
 * that is no text, which a rewriting would change.
 */
export async function appendHistory(
  store: ObjectStore,
  modelName: string,
  line: HistoryLine,
  sleep?: (ms: number) => Promise<unknown>,
): Promise<void> {
  const key = historyKey(modelName, Date.parse(line.hour));
  const change = (bytes: Uint8Array | undefined) => {
    if (bytes !== undefined && !isUtf8(bytes)) {
      throw new DriftMonitorError(`${key} in ${store.url} is no text and stays as it is: put it right, or delete it`);
    }
    const before = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
    const after = withLine(before, line);
    return after === before ? undefined : Buffer.from(after);
  };
  await updateObject(store, key, change, sleep);
}

/** Hours from `from`, inclusive, until `to`, exclusive, in milliseconds since 1970. */
export interface HistorySpan {
  readonly from: Hour;
  readonly to: Hour;
}

export interface History {
  /** Of all versions, by hour and version. */
  readonly lines: readonly HistoryLine[];
  /** Lines that this program cannot read; they stay where they are. */
  readonly damaged: number;
}

/**
 * Start of the last hour until `now` that is in the history of a model; undefined where it has none. Lines of later hours are
 * of a clock that was wrong.
 */
export async function latestHour(store: ObjectStore, modelName: string, now: number): Promise<Hour | undefined> {
  const days: Hour[] = [];
  for await (const { key } of store.list(historyPrefix(modelName))) {
    const day = dayOfHistoryKey(key);
    if (day !== undefined && day <= now) days.push(day);
  }
  // Files without a line that can be read are passed over.
  for (const day of days.reverse()) {
    const { lines } = await loadHistory(store, modelName, { from: day, to: Math.min(day + DAY_MS, now + 1) });
    const last = lines.at(-1);
    if (last !== undefined) return Date.parse(last.hour);
  }
  return undefined;
}

/** What the runs of a model have found, of whichever version. Reads the files of the days that it is asked for. */
export async function loadHistory(store: ObjectStore, modelName: string, { from, to }: HistorySpan): Promise<History> {
  const keys: string[] = [];
  for await (const { key } of store.list(historyPrefix(modelName))) {
    const day = dayOfHistoryKey(key);
    if (day !== undefined && day < to && day + DAY_MS > from) keys.push(key);
  }
  const files = await pMap(keys, async (key) => await getIfThere(store, key), { concurrency: REQUESTS });
  const lines: HistoryLine[] = [];
  const known: KnownNames = new Map();
  let damaged = 0;
  for (const file of files) {
    if (file === undefined) continue;
    const read = readLines(Buffer.from(file.bytes).toString('utf8'), known);
    damaged += read.damaged;
    for (const line of read.lines) {
      const hour = Date.parse(line.hour);
      if (hour >= from && hour < to) lines.push(line);
    }
  }
  return { lines, damaged };
}
