import pMap from 'p-map';
import type { RecordColumns } from '../config/record-columns.ts';
import { DriftMonitorError } from '../errors.ts';
import type { LogFile } from '../inference-log/list-window.ts';
import { type FileLease, locateFile } from '../scan/locate-file.ts';
import type { ScanRequest } from '../scan/scan-file.ts';
import { TOO_LITTLE_MEMORY, unreadable } from '../scan/unreadable.ts';
import type { Workspace } from '../scan/workspace.ts';
import { ConflictError, type ObjectInfo, ObjectNotFoundError, type ObjectStore } from '../storage/object-store.ts';
import { decodeColumnProfile } from './codec.ts';
import type { Counted, CountingSet, CountPool } from './count-pool.ts';
import { countShared, groupsFor } from './count-shared.ts';
import type { LedgerEntry } from './hour-plan.ts';
import type { HourProfile, UnreadableColumn } from './hour-profile.ts';
import { wantedColumn } from './profile.ts';
import { mergeSightings, type Sightings, sightingsOf } from './sightings.ts';

/** Log files of one hour that are counted together, and the sets that count them. */
export interface ReadJob {
  readonly files: readonly LogFile[];
  readonly sets: readonly number[];
}

/** What one set counted in the files of a job. */
export interface JobOutcome {
  readonly hour: HourProfile;
  /** Files that vanished or were rewritten under the scan: they are in no profile, and looked at again in the next run. */
  readonly transient: readonly SkippedFile[];
}

/** A file that could not be read, and why. */
export interface SkippedFile {
  readonly key: string;
  readonly cause: string;
}

export interface FileReader {
  readonly logs: ObjectStore;
  readonly workspace: Workspace;
  readonly pool: CountPool;
  readonly sets: readonly CountingSet[];
  readonly record: RecordColumns;
}

/** From this size on it pays to scan a file several times, for some of its columns each. */
const LARGE_BYTES = 1024 * 1024;
/** Files up to this size are counted several at once: a profile is larger than what is in them. */
const SMALL_BYTES = 256 * 1024;
const FILES_AT_ONCE = 32;
/** Small files fetched at once. */
const REQUESTS = 8;

/** Jobs for files of one hour and the same sets. */
export function jobsFor(files: readonly LogFile[], sets: readonly number[]): ReadJob[] {
  const jobs: ReadJob[] = [];
  const small = files.filter(({ object }) => object.size <= SMALL_BYTES);
  for (let from = 0; from < small.length; from += FILES_AT_ONCE) {
    jobs.push({ files: small.slice(from, from + FILES_AT_ONCE), sets });
  }
  for (const file of files) if (file.object.size > SMALL_BYTES) jobs.push({ files: [file], sets });
  return jobs;
}

/**
 * Fetches and counts files, each once for all of its sets, a few jobs at a time: while some are decoded, the next are fetched.
 * `done` gets one outcome for each of `job.sets`. A file that cannot be read is in the outcome; rejects only where the storage
 * or the scratch folder fails.
 */
export async function readFiles(
  reader: FileReader,
  jobs: readonly ReadJob[],
  done: (job: ReadJob, outcomes: readonly JobOutcome[]) => Promise<void>,
): Promise<{ bytesFetched: number }> {
  const { workers } = reader.pool;
  const sharing = jobs.length < 4 * workers ? workers : 1;
  let bytesFetched = 0;
  let failure: { readonly error: unknown } | undefined;
  await pMap(
    jobs,
    async (job) => {
      // What is under way has to end by itself: a worker that is stopped inside DuckDB takes the process with it.
      if (failure !== undefined) return;
      try {
        const read = await readJob(reader, job, sharing);
        bytesFetched += read.bytesFetched;
        await done(job, read.outcomes);
      } catch (error) {
        failure ??= { error };
      }
    },
    { concurrency: workers + 2 },
  );
  if (failure !== undefined) throw failure.error;
  return { bytesFetched };
}

interface LeasedFile {
  readonly object: ObjectInfo;
  readonly lease: FileLease;
}

async function readJob(
  reader: FileReader,
  job: ReadJob,
  workers: number,
): Promise<{ outcomes: JobOutcome[]; bytesFetched: number }> {
  const transient: SkippedFile[] = [];
  const unreadableFiles: { object: ObjectInfo; cause: string }[] = [];
  const leased: LeasedFile[] = [];
  const requests = job.sets.map((set) => requestOf(reader, set));
  let failure: { readonly error: unknown } | undefined;
  const lease = async ({ object }: LogFile) => {
    if (failure !== undefined) return;
    try {
      leased.push({ object, lease: await locateFile(reader.workspace, reader.logs, object, requests) });
    } catch (error) {
      if (isTransient(error)) transient.push({ key: object.key, cause: error.message });
      else if (error instanceof DriftMonitorError) failure = { error };
      else unreadableFiles.push({ object, cause: unreadable(error).message });
    }
  };
  try {
    await pMap(job.files, lease, { concurrency: REQUESTS });
    if (failure !== undefined) throw failure.error;
    leased.sort((a, b) => (a.object.key < b.object.key ? -1 : 1));
    const counted = await countUnchanged(reader, job.sets, leased, transient, workers);
    const outcomes = counted.map(({ files, set, counted }) => {
      const outcome = outcomeOf(reader, set, files, counted, unreadableFiles);
      return { ...outcome, transient: [...transient, ...outcome.transient] };
    });
    return { outcomes, bytesFetched: leased.reduce((sum, { lease }) => sum + lease.bytesFetched, 0) };
  } finally {
    await Promise.all(leased.map(({ lease }) => lease.close()));
  }
}

function isTransient(error: unknown): error is ConflictError | ObjectNotFoundError {
  return error instanceof ConflictError || error instanceof ObjectNotFoundError;
}

interface CountedSet {
  readonly set: number;
  readonly files: readonly LeasedFile[];
  readonly counted: Counted;
}

/** Counts files for each set. What was replaced under the scan looks damaged, and is not: such a file is left out. */
async function countUnchanged(
  reader: FileReader,
  sets: readonly number[],
  files: readonly LeasedFile[],
  transient: SkippedFile[],
  workers: number,
): Promise<CountedSet[]> {
  const isLarge = files.some(({ object }) => object.size >= LARGE_BYTES);
  const counted = await Promise.all(
    sets.map(async (set) => {
      const task = { files: files.map(({ lease }) => lease.file), set };
      const width = reader.sets[set]?.specs.length ?? 0;
      const groups = isLarge ? groupsFor(width, task.files, workers) : 1;
      return { set, files, counted: await countShared(reader.pool, task, width, groups) };
    }),
  );
  const changed = new Set<LeasedFile>();
  for (const file of files) {
    try {
      await file.lease.assertUnchanged();
    } catch (error) {
      if (!isTransient(error)) throw error;
      changed.add(file);
      transient.push({ key: file.object.key, cause: error.message });
    }
  }
  if (changed.size === 0) return counted;
  const rest = files.filter((file) => !changed.has(file));
  return await countUnchanged(reader, sets, rest, transient, workers);
}

function requestOf({ sets, record }: FileReader, set: number): ScanRequest {
  const { specs, owner } = sets[set] ?? { specs: [], owner: [] };
  return { wanted: specs.map(wantedColumn), featuresColumn: record.features, owner, nameColumn: record.rowName };
}

function outcomeOf(
  { sets }: FileReader,
  set: number,
  files: readonly LeasedFile[],
  counted: Counted,
  unreadableFiles: readonly { readonly object: ObjectInfo; readonly cause: string }[],
): JobOutcome {
  const transient: SkippedFile[] = [];
  const specs = sets[set]?.specs ?? [];
  const entries: LedgerEntry[] = unreadableFiles.map(({ object, cause }) => ({ ...entryOf(object), rows: 0, cause }));
  const left: UnreadableColumn[] = [];
  let seen: Sightings = new Map();
  let rows = 0;
  for (const [index, { object }] of files.entries()) {
    const file = counted.files[index] ?? { cause: 'it was not counted' };
    if ('cause' in file) {
      // Not in the ledger: with more memory the next run may read it.
      if (file.cause === TOO_LITTLE_MEMORY) transient.push({ key: object.key, cause: file.cause });
      else entries.push({ ...entryOf(object), rows: 0, cause: file.cause });
    } else {
      entries.push({ ...entryOf(object), rows: file.rows });
      rows += file.rows;
      seen = mergeSightings(seen, sightingsOf(file.seen));
      if (file.rows > 0) left.push(...file.unreadable.map((column) => ({ ...column, key: object.key })));
    }
  }
  const columns = specs.map((spec, index) => decodeColumnProfile(counted.columns[index], spec));
  return { transient, hour: { files: entries, profile: { rows, columns }, seen, unreadable: left } };
}

function entryOf({ key, etag, size }: ObjectInfo): Pick<LedgerEntry, 'key' | 'etag' | 'size'> {
  return { key, etag, size };
}
