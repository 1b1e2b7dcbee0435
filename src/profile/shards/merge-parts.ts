import { pMapIterable } from 'p-map';
import type { LogFile } from '../../inference-log/list-window.ts';
import type { Hour } from '../../storage/hour.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { emptyHour, type HourProfile, mergeHours } from '../hour-profile.ts';
import { fromStored } from '../hour-store.ts';
import type { ColumnSpec } from '../profile.ts';
import type { SkippedFile } from '../read-files.ts';
import { CutFile } from './cut-file.ts';
import { decodePart, decodeResult, fetchPart, type PartResult } from './part.ts';
import { loadTasks, type ShardItem, type ShardPlan, type ShardTask } from './shard-plan.ts';

/** What all shards together have of one hour for one set. */
export interface MergedHour {
  readonly set: number;
  readonly hour: Hour;
  /** The files that were to be read. */
  readonly files: readonly LogFile[];
  readonly counted: HourProfile;
  /** Files that are in no profile, and looked at again in the next run. */
  readonly transient: readonly SkippedFile[];
}

export interface MergeRequest {
  readonly store: ObjectStore;
  readonly plan: ShardPlan;
  /** Of a set; undefined where it is not wanted. */
  readonly specsOf: (set: number) => readonly ColumnSpec[] | undefined;
  /** Why a shard has left no part. Asked before anything of its hours is told; may reject. */
  readonly causeOf: (shard: number) => Promise<string>;
  /** Bytes of the logs that a shard has fetched. */
  readonly onFetched: (bytes: number) => void;
}

/**
 * Merges what the shards have counted, hour by hour: shards are in order of hours, so that one of them is held at a time. The
 * same bits as if one process had counted.
 */
export async function* mergeParts(request: MergeRequest): AsyncGenerator<MergedHour> {
  const { store, plan, specsOf, causeOf, onFetched } = request;
  let current: OpenHour | undefined;
  for await (const { index, task, part } of partsInOrder(store, plan)) {
    const cause = part === undefined ? await causeOf(index) : undefined;
    onFetched(part?.bytesFetched ?? 0);
    const results = Map.groupBy(part?.results ?? [], ({ hour }) => hour);
    for (const [hour, items] of Map.groupBy(task.items, ({ file }) => file.hour)) {
      if (current !== undefined && current.hour !== hour) yield* current.merged();
      if (current?.hour !== hour) current = new OpenHour(hour, specsOf);
      for (const item of items) current.expect(item, cause);
      for (const result of results.get(hour) ?? []) current.add(decodeResult(result), task);
    }
  }
  if (current !== undefined) yield* current.merged();
}

/** Requests to the storage at once. */
const REQUESTS = 8;

/** Fetched ahead as they are stored, which is small, and decompressed one ahead. */
function partsInOrder(store: ObjectStore, plan: ShardPlan) {
  let next = 0;
  const fetched = pMapIterable(
    loadTasks(store, plan),
    async (task) => {
      const index = next;
      next += 1;
      return { index, task, bytes: await fetchPart(store, plan, index) };
    },
    { concurrency: REQUESTS, backpressure: REQUESTS },
  );
  return pMapIterable(
    fetched,
    async ({ index, task, bytes }) => ({ index, task, part: bytes && (await decodePart(bytes, plan, index)) }),
    { concurrency: 1, backpressure: 2 },
  );
}

/** An hour whose shards are being merged, for each set that wants it. */
class OpenHour {
  readonly hour: Hour;
  readonly #specsOf: MergeRequest['specsOf'];
  readonly #sets = new Map<number, OpenSet>();

  constructor(hour: Hour, specsOf: MergeRequest['specsOf']) {
    this.hour = hour;
    this.#specsOf = specsOf;
  }

  /** `cause`: why its shard has left nothing of it, where it has not. */
  expect(item: ShardItem, cause: string | undefined): void {
    for (const set of item.sets) {
      const specs = this.#specsOf(set);
      if (specs === undefined) continue;
      const known = this.#sets.get(set) ?? new OpenSet(specs);
      this.#sets.set(set, known);
      known.expect(item, cause);
    }
  }

  add(result: PartResult, task: ShardTask): void {
    this.#sets.get(result.set)?.add(result, task);
  }

  *merged(): Generator<MergedHour> {
    for (const [set, known] of this.#sets) yield { set, hour: this.hour, ...known.merged() };
  }
}

class OpenSet {
  readonly #specs: readonly ColumnSpec[];
  readonly #files = new Map<string, LogFile>();
  readonly #cut = new Map<string, CutFile>();
  readonly #transient: SkippedFile[] = [];
  #counted: HourProfile;

  constructor(specs: readonly ColumnSpec[]) {
    this.#specs = specs;
    this.#counted = emptyHour(specs);
  }

  expect({ file, piece }: ShardItem, cause: string | undefined): void {
    const { key } = file.object;
    this.#files.set(key, file);
    if (piece === undefined) {
      if (cause !== undefined) this.#transient.push({ key, cause });
      return;
    }
    const cut = this.#cut.get(key) ?? new CutFile(file.object, this.#specs);
    this.#cut.set(key, cut);
    if (cause !== undefined) cut.fail(cause);
  }

  add(result: PartResult, { items }: ShardTask): void {
    if (result.type === 'hour') {
      this.#counted = mergeHours(this.#counted, fromStored(result.counts, this.#specs));
      this.#transient.push(...result.transient);
      return;
    }
    const item = items[result.item];
    const cut = this.#cut.get(item?.file.object.key ?? '');
    if (item?.piece === undefined || cut === undefined)
      throw new Error('a shard has counted what its task does not say');
    if (result.type === 'file') cut.replace(fromStored(result.counts, this.#specs), result.transient);
    else cut.add(result, item.piece.rowGroups, item.piece.columns[item.sets.indexOf(result.set)] ?? []);
  }

  merged(): Pick<MergedHour, 'files' | 'counted' | 'transient'> {
    for (const cut of this.#cut.values()) {
      const { hour, transient } = cut.outcome();
      this.#counted = mergeHours(this.#counted, hour);
      this.#transient.push(...transient);
    }
    return { files: [...this.#files.values()], counted: this.#counted, transient: this.#transient };
  }
}
