import { DriftMonitorError } from '../../errors.ts';
import { type FileLease, locateFile } from '../../scan/locate-file.ts';
import type { ScanRequest } from '../../scan/scan-file.ts';
import { unreadable } from '../../scan/unreadable.ts';
import type { Hour } from '../../storage/hour.ts';
import { ConflictError, ObjectNotFoundError } from '../../storage/object-store.ts';
import type { Counted, CountTask } from '../count-pool.ts';
import { groupsFor } from '../count-shared.ts';
import { emptyHour, type HourProfile, mergeHours } from '../hour-profile.ts';
import { toStored } from '../hour-store.ts';
import { wantedColumn } from '../profile.ts';
import { type FileReader, type JobOutcome, jobsFor, type ReadJob, readFiles, type SkippedFile } from '../read-files.ts';
import { encodeResult, type HourResult, type Part, type PartResult } from './part.ts';
import type { FilePiece, ShardItem, ShardTask } from './shard-plan.ts';

/**
 * Counts what a task says. Damaged files are in the result; rejects only where the storage or the scratch folder fails, so that
 * the shard is tried again.
 */
export async function countShard(reader: FileReader, { items }: ShardTask): Promise<Part> {
  const results: HourResult[] = [];
  const add = (hour: Hour, result: PartResult) => results.push(encodeResult(hour, result));
  let bytesFetched = await countWhole(
    reader,
    items.filter(({ piece }) => piece === undefined),
    add,
  );
  for (const [index, item] of items.entries()) {
    if (item.piece !== undefined) bytesFetched += await countPiece(reader, item, item.piece, index, add);
  }
  return { bytesFetched, results };
}

/** Each set's hours, as soon as they are complete. Returns the bytes that were fetched. */
async function countWhole(
  reader: FileReader,
  items: readonly ShardItem[],
  add: (hour: Hour, result: PartResult) => void,
): Promise<number> {
  const alike = Map.groupBy(items, ({ file, sets }) => `${file.hour} ${sets.join(' ')}`);
  const jobs = [...alike.values()].flatMap((group) =>
    jobsFor(
      group.map(({ file }) => file),
      group[0]?.sets ?? [],
    ),
  );
  const open = new Map<string, { hour: HourProfile; transient: SkippedFile[]; left: number }>();
  const keyOf = (set: number, hour: Hour | undefined) => `${set} ${hour}`;
  for (const { sets, files } of jobs) {
    for (const set of sets) {
      const key = keyOf(set, files[0]?.hour);
      const counting = open.get(key) ?? { hour: emptyHour(reader.sets[set]?.specs ?? []), transient: [], left: 0 };
      counting.left += files.length;
      open.set(key, counting);
    }
  }
  const { bytesFetched } = await readFiles(reader, jobs, async ({ sets, files }, outcomes) => {
    for (const [index, set] of sets.entries()) {
      const hour = files[0]?.hour ?? 0;
      const key = keyOf(set, hour);
      const counting = open.get(key);
      const outcome = outcomes[index];
      if (counting === undefined || outcome === undefined) continue;
      counting.hour = mergeHours(counting.hour, outcome.hour);
      counting.transient.push(...outcome.transient);
      counting.left -= files.length;
      if (counting.left > 0) continue;
      open.delete(key);
      add(hour, { type: 'hour', set, counts: toStored(counting.hour), transient: counting.transient });
    }
  });
  return bytesFetched;
}

async function countPiece(
  reader: FileReader,
  item: ShardItem,
  piece: FilePiece,
  index: number,
  add: (hour: Hour, result: PartResult) => void,
): Promise<number> {
  let lease: FileLease | undefined;
  try {
    lease = await leaseOf(reader, item, piece);
    const { file, bytesFetched } = lease;
    const unclean: number[] = [];
    const clean: PartResult[] = [];
    for (const [position, set] of item.sets.entries()) {
      const counted = await countClean(reader, { files: [file], set }, piece.columns[position] ?? []);
      if (counted === undefined) unclean.push(set);
      else clean.push({ type: 'piece', item: index, set, ...counted });
    }
    await lease.assertUnchanged();
    for (const result of clean) add(item.file.hour, result);
    return bytesFetched + (unclean.length > 0 ? await countInstead(reader, item, unclean, index, add) : 0);
  } catch (error) {
    if (error instanceof ConflictError || error instanceof ObjectNotFoundError) {
      const transient = [{ key: item.file.object.key, cause: error.message }];
      for (const set of item.sets) {
        add(item.file.hour, { type: 'file', item: index, set, counts: nothing(reader, set), transient });
      }
      return 0;
    }
    if (error instanceof DriftMonitorError) throw error;
    // Throws where it is not the file's fault.
    unreadable(error);
    return await countInstead(reader, item, item.sets, index, add);
  } finally {
    await lease?.close();
  }
}

function nothing(reader: FileReader, set: number) {
  return toStored(emptyHour(reader.sets[set]?.specs ?? []));
}

async function leaseOf(reader: FileReader, { file, sets }: ShardItem, piece: FilePiece): Promise<FileLease> {
  const requests = sets.map((set, position): ScanRequest => {
    const { specs, owner } = reader.sets[set] ?? { specs: [], owner: [] };
    const wanted = (piece.columns[position] ?? []).flatMap((column) => specs[column] ?? []).map(wantedColumn);
    return { wanted, featuresColumn: reader.record.features, owner, nameColumn: reader.record.rowName };
  });
  const { workspace, logs } = reader;
  return await locateFile(workspace, logs, file.object, requests, undefined, piece.rowGroups);
}

/** Undefined where something is damaged, or needs more memory than there is. */
async function countClean(
  { pool }: FileReader,
  task: Omit<CountTask, 'columns'>,
  columns: readonly number[],
): Promise<Pick<PartResult & { type: 'piece' }, 'rows' | 'seen' | 'columns'> | undefined> {
  const width = Math.ceil(columns.length / groupsFor(columns.length, task.files, pool.workers)) || 1;
  const groups = Array.from({ length: Math.max(1, Math.ceil(columns.length / width)) }, (_, group) =>
    columns.slice(group * width, (group + 1) * width),
  );
  const counted: Counted[] = await Promise.all(groups.map((group) => pool.count({ ...task, columns: group })));
  const clean = counted.flatMap(({ files }) => files.flatMap((file) => ('cause' in file ? [] : [file])));
  if (clean.length < groups.length || clean.some(({ unreadable }) => unreadable.length > 0)) return undefined;
  const { rows, seen } = clean[0] ?? { rows: 0, seen: [] };
  return { rows, seen: seen.map((column) => ({ ...column })), columns: counted.flatMap(({ columns }) => columns) };
}

/** Counts the whole file, as a run of one process does. */
async function countInstead(
  reader: FileReader,
  { file }: ShardItem,
  sets: readonly number[],
  index: number,
  add: (hour: Hour, result: PartResult) => void,
): Promise<number> {
  const job: ReadJob = { files: [file], sets };
  const { bytesFetched } = await readFiles(reader, [job], async (_, outcomes: readonly JobOutcome[]) => {
    for (const [position, set] of sets.entries()) {
      const outcome = outcomes[position];
      if (outcome === undefined) continue;
      const transient = outcome.transient.map((skipped) => ({ ...skipped }));
      add(file.hour, { type: 'file', item: index, set, counts: toStored(outcome.hour), transient });
    }
  });
  return bytesFetched;
}
