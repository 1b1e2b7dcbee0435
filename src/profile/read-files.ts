import pMap from 'p-map';
import type { RecordColumns } from '../config/record-columns.ts';
import { DriftMonitorError } from '../errors.ts';
import type { LogFile } from '../inference-log/list-window.ts';
import { type LocatedFile, locateFile } from '../scan/locate-file.ts';
import type { ScanRequest } from '../scan/scan-file.ts';
import { UnreadableError, unreadable } from '../scan/unreadable.ts';
import type { Workspace } from '../scan/workspace.ts';
import { ConflictError, ObjectNotFoundError, type ObjectStore } from '../storage/object-store.ts';
import { decodeColumnProfile } from './codec.ts';
import type { Counted, CountingSet, CountPool } from './count-pool.ts';
import { countShared } from './count-shared.ts';
import { emptyHour, type HourProfile } from './hour-profile.ts';
import { wantedColumn } from './profile.ts';
import { sightingsOf } from './sightings.ts';

/** A log file, and the sets that count it. */
export interface ReadJob {
  readonly file: LogFile;
  readonly sets: readonly number[];
}

/** What one set counted in a file; `transient` where the file vanished or was rewritten under the scan. */
export type FileOutcome = { readonly hour: HourProfile } | { readonly transient: string };

export interface FileReader {
  readonly logs: ObjectStore;
  readonly workspace: Workspace;
  readonly pool: CountPool;
  readonly sets: readonly CountingSet[];
  readonly record: RecordColumns;
}

/** A file of which every worker can have a share. */
const LARGE_BYTES = 8 * 1024 * 1024;

/**
 * Fetches and counts files, each once for all of its sets, a few at a time: while some are decoded, the next are fetched.
 * `done` gets one outcome for each of `job.sets`. A file that cannot be read becomes an outcome; rejects only where the
 * storage or the scratch folder fails.
 */
export async function readFiles(
  reader: FileReader,
  jobs: readonly ReadJob[],
  done: (job: ReadJob, outcomes: readonly FileOutcome[]) => Promise<void>,
): Promise<{ bytesFetched: number }> {
  const { workers } = reader.pool;
  const sharing = jobs.length < 4 * workers ? workers : 1;
  let bytesFetched = 0;
  await pMap(
    jobs,
    async (job) => {
      const read = await readFile(reader, job, sharing);
      bytesFetched += read.bytesFetched;
      await done(job, read.outcomes);
    },
    { concurrency: workers + 2 },
  );
  return { bytesFetched };
}

async function readFile(
  reader: FileReader,
  job: ReadJob,
  workers: number,
): Promise<{ outcomes: FileOutcome[]; bytesFetched: number }> {
  const { object } = job.file;
  let bytesFetched = 0;
  try {
    const requests = job.sets.map((set) => requestOf(reader, set));
    const lease = await locateFile(reader.workspace, reader.logs, object, requests);
    bytesFetched = lease.bytesFetched;
    try {
      const counted = await countJob(reader, lease.file, job, workers);
      // What was replaced under the scan looks damaged, and is not.
      await lease.assertUnchanged();
      return { bytesFetched, outcomes: counted.map((one, index) => outcomeOf(reader, job, index, one)) };
    } finally {
      await lease.close();
    }
  } catch (error) {
    if (error instanceof ConflictError || error instanceof ObjectNotFoundError) {
      return { bytesFetched, outcomes: job.sets.map(() => ({ transient: error.message })) };
    }
    if (error instanceof DriftMonitorError) throw error;
    const cause = error instanceof UnreadableError ? error.message : unreadable(error).message;
    return { bytesFetched, outcomes: job.sets.map((_, index) => outcomeOf(reader, job, index, { cause })) };
  }
}

/** Counts a file for each of its sets; a large one by groups of columns at once, so that a single file keeps every worker busy. */
async function countJob(
  { pool, sets }: FileReader,
  file: LocatedFile,
  job: ReadJob,
  workers: number,
): Promise<readonly Counted[]> {
  return await Promise.all(
    job.sets.map((set) => {
      const width = sets[set]?.specs.length ?? 0;
      return countShared(pool, { file, set }, width, job.file.object.size < LARGE_BYTES ? 1 : workers);
    }),
  );
}

function requestOf({ sets, record }: FileReader, set: number): ScanRequest {
  const { specs, owner } = sets[set] ?? { specs: [], owner: [] };
  return { wanted: specs.map(wantedColumn), featuresColumn: record.features, owner };
}

function outcomeOf({ sets }: FileReader, { file, sets: asked }: ReadJob, index: number, counted: Counted): FileOutcome {
  const specs = sets[asked[index] ?? 0]?.specs ?? [];
  const { key, etag, size } = file.object;
  if ('cause' in counted) {
    const entry = { key, etag, size, rows: 0, cause: counted.cause };
    return { hour: { ...emptyHour(specs), files: [entry] } };
  }
  const { rows, columns, seen, unreadable: left } = counted;
  return {
    hour: {
      files: [{ key, etag, size, rows }],
      profile: { rows, columns: specs.map((spec, column) => decodeColumnProfile(columns[column], spec)) },
      seen: sightingsOf(seen),
      unreadable: rows > 0 ? left.map((column) => ({ ...column, key })) : [],
    },
  };
}
