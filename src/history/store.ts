import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { HOUR_MS, type Hour } from '../storage/hour.ts';
import { getIfThere } from '../storage/json-document.ts';
import { damagedHistoryKey, dayOfHistoryKey, historyKey, historyPrefix } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { readLines, withLine } from './day-file.ts';
import type { HistoryLine, KnownNames } from './line.ts';

const DAY_MS = 24 * HOUR_MS;
/** Requests to the storage at once. */
const REQUESTS = 32;

/**
 * Writes the line of a run over an earlier one of its hour and version. Reads the file of its day, and nothing else. What cannot
 * be read of it and is too much for it is put under a key of its own before it leaves the file.
 */
export async function appendHistory(
  store: ObjectStore,
  modelName: string,
  line: HistoryLine,
  sleep?: (ms: number) => Promise<unknown>,
): Promise<void> {
  const hour = Date.parse(line.hour);
  const change = async (before: Uint8Array = new Uint8Array()) => {
    const { bytes, setAside } = withLine(before, line);
    if (setAside.length > 0) await store.put(damagedHistoryKey(modelName, hour, digestOf(setAside)), setAside);
    return bytes.equals(before) ? undefined : bytes;
  };
  await updateObject(store, historyKey(modelName, hour), change, sleep);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
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
  const keys: { readonly key: string; readonly day: Hour }[] = [];
  for await (const { key } of store.list(historyPrefix(modelName))) {
    const day = dayOfHistoryKey(key);
    if (day !== undefined && day < to && day + DAY_MS > from) keys.push({ key, day });
  }
  const load = async ({ key, day }: (typeof keys)[number]) => ({ day, file: await getIfThere(store, key) });
  const files = await pMap(keys, load, { concurrency: REQUESTS });
  const lines: HistoryLine[] = [];
  const known: KnownNames = new Map();
  let damaged = 0;
  for (const { day, file } of files) {
    if (file === undefined) continue;
    const read = readLines(file.bytes, day, known);
    damaged += read.damaged;
    for (const line of read.lines) {
      const hour = Date.parse(line.hour);
      if (hour >= from && hour < to) lines.push(line);
    }
  }
  return { lines, damaged };
}
