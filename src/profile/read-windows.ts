import pMap from 'p-map';
import type { LogFile } from '../inference-log/list-window.ts';
import { openWorkspace } from '../scan/workspace.ts';
import type { Hour } from '../storage/hour.ts';
import { ConflictError } from '../storage/object-store.ts';
import { openCountPool } from './count-pool.ts';
import { type HourPlan, planHour } from './hour-plan.ts';
import {
  emptyHour,
  type HourIdentity,
  type HourProfile,
  mergeHours,
  sealHour,
  type UnreadableColumn,
} from './hour-profile.ts';
import { loadHour, saveHour } from './hour-store.ts';
import type { Profile } from './profile.ts';
import { type FileReader, type JobOutcome, jobsFor, type ReadJob, readFiles, type SkippedFile } from './read-files.ts';
import type { FileToRead } from './shards/cut-files.ts';
import { finishOldRuns, type StartedShards, shardsFor, startShards } from './shards/fan-out.ts';
import { RunIsOverError } from './shards/shard-plan.ts';
import type { Sightings } from './sightings.ts';
import { countingSets, type ModelWindow, readingId, type WindowsRequest } from './window-request.ts';

export interface WindowProfile {
  readonly profile: Profile;
  readonly files: number;
  /** Of the files. */
  readonly bytes: number;
  readonly skipped: readonly SkippedFile[];
  readonly skippedColumns: readonly UnreadableColumn[];
  /** Files that hold at least one row of the model. */
  readonly filesWithRows: number;
  /** Rows of the model in the window's last hour; undefined where not all of its files could be read. */
  readonly rowsOfLastHour: number | undefined;
  readonly seen: Sightings;
  /** What this run had to do. */
  readonly work: WindowWork;
}

export interface WindowWork {
  /** Hours with files whose stored profile was current, and those that were counted now. */
  readonly hoursKept: number;
  readonly hoursUpdated: number;
  readonly filesRead: number;
}

/** Requests to the storage at once. */
const REQUESTS = 16;

/** What has to be done for each hour of a window. */
export interface PlannedWindow {
  readonly window: ModelWindow;
  readonly hours: readonly PlannedHour[];
}

interface PlannedHour {
  readonly identity: HourIdentity;
  readonly plan: HourPlan;
  /** Of the stored profile, current or not; undefined where there is none. */
  readonly etag: string | undefined;
}

/** Compares a window's files with the stored profiles, and hands over those that are current. Reads no log. */
export async function planWindow(
  request: WindowsRequest,
  window: ModelWindow,
  keep: (hour: HourProfile) => void = () => undefined,
): Promise<PlannedWindow> {
  const reading = readingId(request);
  const hours = await pMap(
    window.hours,
    async ({ hour, files }): Promise<PlannedHour> => {
      const identity = { baselineId: window.baselineId, hour, reading };
      const stored = request.useStored
        ? await loadHour(request.store, window.model, identity, window.specs)
        : undefined;
      const plan = planHour(hour, files, stored?.hour?.files);
      // Not held until the end: a long window has many hours, and all of them together are as small as one.
      if (plan.action === 'keep' && stored?.hour !== undefined) keep(stored.hour);
      return { identity, plan, etag: stored?.etag };
    },
    { concurrency: REQUESTS },
  );
  return { window, hours };
}

/** How often a run looks again at what is stored, because other runs have finished its shards. */
const LOOKS = 5;

/**
 * The profiles of windows: stored hour profiles as far as they are current, the other files counted now, and stored. Each
 * file is fetched once for all windows, by this process or, where `fanOut` says so, by others. Rejects only where a storage, the
 * scratch folder or what runs the others fails.
 */
export async function readWindows(request: WindowsRequest): Promise<ReadWindows> {
  for (let look = 1; ; look++) {
    try {
      return await readOnce(request);
    } catch (error) {
      if (!(error instanceof RunIsOverError) || look === LOOKS) throw error;
    }
  }
}

interface ReadWindows {
  readonly windows: WindowProfile[];
  readonly bytesFetched: number;
}

async function readOnce(request: WindowsRequest): Promise<ReadWindows> {
  const { fanOut } = request;
  const shared = fanOut === undefined ? undefined : { ...request, fanOut };
  if (shared !== undefined && request.useStored) await finishOldRuns(shared);
  const sets = countingSets(request.windows, request.record);
  const windows = request.windows.map((window, set) => new WindowInProgress(request, window, set));
  for (const window of windows) await window.plan();
  const files = filesOf(windows.map(({ filesToRead }) => filesToRead));
  const tasks = shared && (await shardsFor(shared, sets, files));
  const shards = shared && tasks && (await startShards(shared, tasks));
  const jobs = jobsOf(files);
  const workers = workersWorthwhile(shards === undefined ? jobs : [], request.workers);
  const workspace = await openWorkspace(request.tempDirectory, [request.logs]);
  const pool = openCountPool(sets, request.record, workspace, request.memoryLimitMib, workers);
  try {
    const reader = { logs: request.logs, workspace, pool, sets, record: request.record };
    for (const window of windows) await window.begin(reader);
    const bytesFetched = await (shards === undefined
      ? readHere(request, reader, windows, jobs)
      : readShards(request, reader, windows, shards));
    return { windows: windows.map((window) => window.profile()), bytesFetched };
  } finally {
    await pool.close();
    await workspace.close();
  }
}

async function readHere(
  request: WindowsRequest,
  reader: FileReader,
  windows: readonly WindowInProgress[],
  jobs: readonly ReadJob[],
): Promise<number> {
  const files = jobs.reduce((sum, job) => sum + job.files.length, 0);
  let done = 0;
  const { bytesFetched } = await readFiles(reader, jobs, async (job, outcomes) => {
    for (const [index, set] of job.sets.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined) await windows[set]?.take(reader, job.files, outcome);
    }
    done += job.files.length;
    request.onProgress(done, files);
  });
  return bytesFetched;
}

async function readShards(
  request: WindowsRequest,
  reader: FileReader,
  windows: readonly WindowInProgress[],
  shards: StartedShards,
): Promise<number> {
  const files = windows.reduce((sum, { filesToRead }) => sum + filesToRead.length, 0);
  let bytesFetched = 0;
  let done = 0;
  const onFetched = (bytes: number) => {
    bytesFetched += bytes;
  };
  for await (const { set, files: read, counted, transient } of shards.hours(onFetched)) {
    await windows[set]?.take(reader, read, { hour: counted, transient });
    done += read.length;
    request.onProgress(done, files);
  }
  await shards.remove();
  return bytesFetched;
}

/** Log bytes that a further worker has to find before its start, 0.2 s of a core, is worth it. */
const BYTES_A_WORKER = 24 * 1024 * 1024;

function workersWorthwhile(jobs: readonly ReadJob[], most: number): number {
  const bytes = jobs.reduce((sum, job) => sum + bytesOf(job) * job.sets.length, 0);
  return Math.max(1, Math.min(most, Math.ceil(bytes / BYTES_A_WORKER)));
}

/** Every file once, with all the windows that need it. `needed`: for each window. */
export function filesOf(needed: readonly (readonly LogFile[])[]): FileToRead[] {
  const files = new Map<string, { file: LogFile; sets: number[] }>();
  for (const [set, ofWindow] of needed.entries()) {
    for (const file of ofWindow) {
      const known = files.get(file.object.key) ?? { file, sets: [] };
      known.sets.push(set);
      files.set(file.object.key, known);
    }
  }
  return [...files.values()];
}

/** Hour by hour, so that few hours are under way at once. */
function jobsOf(files: readonly FileToRead[]): ReadJob[] {
  const alike = Map.groupBy(files, ({ file, sets }) => `${file.hour} ${sets.join(' ')}`);
  return [...alike.values()]
    .flatMap((group) =>
      jobsFor(
        group.map(({ file }) => file),
        group[0]?.sets ?? [],
      ),
    )
    .sort((a, b) => hourOfJob(a) - hourOfJob(b) || bytesOf(b) - bytesOf(a));
}

function hourOfJob({ files }: ReadJob): Hour {
  return files[0]?.hour ?? 0;
}

function bytesOf({ files }: ReadJob): number {
  return files.reduce((sum, { object }) => sum + object.size, 0);
}

/** Merges what is kept and what is counted, hour by hour; an hour is stored as soon as its last file is counted. */
class WindowInProgress {
  readonly set: number;
  readonly #request: WindowsRequest;
  readonly #window: ModelWindow;
  readonly #counted = new Map<Hour, { hour: HourProfile; left: number }>();
  readonly #transient = new Map<string, SkippedFile>();
  #hours: ReadonlyMap<Hour, PlannedHour> = new Map();
  #merged: HourProfile;
  #filesRead = 0;

  constructor(request: WindowsRequest, window: ModelWindow, set: number) {
    this.set = set;
    this.#request = request;
    this.#window = window;
    this.#merged = emptyHour(window.specs);
  }

  /** Takes the hours whose stored profile is current. */
  async plan(): Promise<void> {
    const { hours } = await planWindow(this.#request, this.#window, (hour) => this.#merge(hour));
    this.#hours = new Map(hours.map((planned) => [planned.plan.hour, planned]));
  }

  /** Takes the hours that have lost their last file. `reader` counts what other runs leave to be counted again. */
  async begin(reader: FileReader): Promise<void> {
    for (const planned of this.#hours.values()) {
      const { action, read } = planned.plan;
      if (action !== 'keep' && read.length === 0) await this.#finish(reader, planned, emptyHour(this.#window.specs));
    }
  }

  get filesToRead(): readonly LogFile[] {
    return [...this.#hours.values()].flatMap(({ plan }) => plan.read);
  }

  /** `files` of one hour. */
  async take(reader: FileReader, files: readonly LogFile[], { hour, transient }: JobOutcome): Promise<void> {
    const planned = this.#hours.get(files[0]?.hour ?? 0);
    if (planned === undefined) return;
    const fresh = { hour: emptyHour(this.#window.specs), left: planned.plan.read.length };
    const progress = this.#counted.get(planned.plan.hour) ?? fresh;
    this.#counted.set(planned.plan.hour, progress);
    this.#filesRead += files.length;
    progress.left -= files.length;
    progress.hour = mergeHours(progress.hour, hour);
    for (const file of transient) this.#transient.set(file.key, file);
    if (progress.left > 0) return;
    this.#counted.delete(planned.plan.hour);
    await this.#finish(reader, planned, progress.hour);
  }

  async #finish(reader: FileReader, { identity, plan, etag }: PlannedHour, counted: HourProfile): Promise<void> {
    if (!this.#request.useStored) return this.#merge(counted);
    // A complete count needs nothing of what is stored, unless another run has stored something meanwhile.
    if (plan.action === 'recompute' && (await this.#store(identity, counted, etag))) return this.#merge(counted);
    this.#merge(await this.#reconcile(reader, identity, counted));
  }

  /** False where what is stored is no longer what it was. */
  async #store(identity: HourIdentity, hour: HourProfile, etag: string | undefined): Promise<boolean> {
    try {
      await saveHour(this.#request.store, this.#window.model, identity, sealHour(hour), etag);
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  }

  /**
   * Joins what was counted with what is stored. Where another run has stored some of the same files, theirs count; what
   * neither has is counted again.
   */
  async #reconcile(reader: FileReader, identity: HourIdentity, counted: HourProfile): Promise<HourProfile> {
    const { store } = this.#request;
    const { model, specs, hours } = this.#window;
    const listed = hours.find(({ hour }) => hour === identity.hour)?.files ?? [];
    let mine = counted;
    for (;;) {
      const files = listed.filter(({ object }) => !this.#transient.has(object.key));
      const theirs = await loadHour(store, model, identity, specs);
      const { read, action } = planHour(identity.hour, files, theirs?.hour?.files);
      if (action === 'keep') return theirs?.hour ?? mine;
      const missing = new Set(read.map(({ object }) => object.key));
      const isExactly = mine.files.length === missing.size && mine.files.every(({ key }) => missing.has(key));
      if (!isExactly) {
        mine = await this.#count(reader, read);
        continue;
      }
      const joined = action === 'extend' && theirs?.hour !== undefined ? mergeHours(theirs.hour, mine) : mine;
      if (await this.#store(identity, joined, theirs?.etag)) return joined;
    }
  }

  async #count(reader: FileReader, files: readonly LogFile[]): Promise<HourProfile> {
    let counted = emptyHour(this.#window.specs);
    await readFiles(reader, jobsFor(files, [this.set]), async (job, [outcome]) => {
      if (outcome === undefined) return;
      this.#filesRead += job.files.length;
      counted = mergeHours(counted, outcome.hour);
      for (const file of outcome.transient) this.#transient.set(file.key, file);
    });
    return counted;
  }

  #merge(hour: HourProfile): void {
    this.#merged = mergeHours(this.#merged, sealHour(hour));
  }

  profile(): WindowProfile {
    const plans = [...this.#hours.values()].map(({ plan }) => plan);
    const { files, profile, seen, unreadable } = this.#merged;
    const lastHour = new Set(this.#window.hours.at(-1)?.files.map(({ object }) => object.key));
    const unreadableFiles = files.flatMap(({ key, cause }) => (cause === undefined ? [] : [{ key, cause }]));
    const skipped = [...unreadableFiles, ...this.#transient.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    return {
      profile,
      files: plans.reduce((sum, plan) => sum + plan.files, 0),
      bytes: plans.reduce((sum, plan) => sum + plan.bytes, 0),
      skipped,
      skippedColumns: unreadable,
      filesWithRows: files.filter(({ rows }) => rows > 0).length,
      rowsOfLastHour: skipped.some(({ key }) => lastHour.has(key))
        ? undefined
        : files.reduce((sum, { key, rows }) => sum + (lastHour.has(key) ? rows : 0), 0),
      seen,
      work: {
        hoursKept: plans.filter(({ action, files }) => action === 'keep' && files > 0).length,
        hoursUpdated: plans.filter(({ action }) => action !== 'keep').length,
        filesRead: this.#filesRead,
      },
    };
  }
}
