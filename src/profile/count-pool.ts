import { Piscina } from 'piscina';
import type { RecordColumns } from '../config/record-columns.ts';
import { DriftMonitorError } from '../errors.ts';
import type { ScanLimits } from '../scan/duckdb.ts';
import type { LocatedFile } from '../scan/locate-file.ts';
import type { RowOwner, UnreadableColumn } from '../scan/scan-file.ts';
import { findColumns } from '../scan/wanted.ts';
import type { Workspace } from '../scan/workspace.ts';
import { type ColumnSpec, wantedColumn } from './profile.ts';
import type { SeenColumn } from './sightings.ts';
import { type PlainSpec, toPlainSpec } from './spec-transfer.ts';
import type { StoredColumnProfile } from './stored-profile.ts';

/** What is counted together: the columns of one baseline, of one model's rows. */
export interface CountingSet<Spec = ColumnSpec> {
  readonly specs: readonly Spec[];
  readonly owner: RowOwner;
}

/** What every worker is given at its start. Plain data. */
export interface CountSetup {
  readonly sets: readonly CountingSet<PlainSpec>[];
  readonly record: RecordColumns;
  readonly workspace: Workspace;
  readonly limits: ScanLimits;
  /** Of a task that is to be alone. */
  readonly aloneLimits: ScanLimits;
}

/** Columns of one set to count in some files, into one profile. Plain data. */
export interface CountTask {
  readonly files: readonly LocatedFile[];
  /** Position among the sets. */
  readonly set: number;
  /** Positions among the set's specs. */
  readonly columns: readonly number[];
  /** The one file is training data, and this the number of its first row in all of it. */
  readonly training?: { readonly firstRow: number };
  /** With the memory of all workers: begun when no other task is running. */
  readonly alone?: true;
}

/** What was counted. Plain data. */
export interface Counted {
  /** For each file what is its own, or why it cannot be read and counts for nothing. */
  readonly files: readonly CountedFile[];
  /** Of all files together. */
  readonly columns: readonly StoredColumnProfile[];
}

export type CountedFile =
  | {
      readonly rows: number;
      /** Columns of the file, where it has rows of the model. */
      readonly seen: readonly SeenColumn[];
      readonly unreadable: readonly UnreadableColumn[];
    }
  | { readonly cause: string };

export interface CountPool {
  readonly workers: number;
  count(task: CountTask): Promise<Counted>;
  /** Positions of the set's columns that a worker may lack the memory for beside others, in groups to be counted alone. */
  heavyColumns(set: number, files: readonly LocatedFile[]): number[][];
  close(): Promise<void>;
}

/**
 * What one DuckDB may hold that decodes alone: the buffers of several beside each other need not fit beside it. A page of
 * 150 MB, as DuckDB writes 100,000 vectors of 384 numbers, is held twice while it is decompressed.
 */
export function limitAlone(memoryLimitMib: number): number {
  return Math.floor(1.25 * memoryLimitMib);
}

/** Worker threads that decode and count, each with a DuckDB of its own on one thread. They start with the first task. */
export function openCountPool(
  sets: readonly CountingSet[],
  record: RecordColumns,
  workspace: Workspace,
  memoryLimitMib: number,
  workers: number,
): CountPool {
  const { scratch, roots } = workspace;
  const setup: CountSetup = {
    sets: sets.map(({ specs, owner }) => ({ specs: specs.map(toPlainSpec), owner })),
    record,
    workspace: { scratch, roots },
    limits: { memoryLimitMib: Math.floor(memoryLimitMib / workers), threads: 1 },
    aloneLimits: { memoryLimitMib: limitAlone(memoryLimitMib), threads: 1 },
  };
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const pool = new Piscina<CountTask, Counted>({
    filename: new URL(`./count-worker${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: workers,
    idleTimeout: 60_000,
    workerData: setup,
    // Each vector is some objects and 16 KiB beside the heap: collected young and often, they neither pile up nor age.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
    // Measuring the event loop and waiting by Atomics cost more than they give to tasks of milliseconds to seconds.
    atomics: 'disabled',
    recordTiming: false,
  });
  const running = new Set<Promise<Counted>>();
  let lastAlone: Promise<unknown> = Promise.resolve();
  const begin = (task: CountTask): Promise<Counted> => {
    if (task.alone === undefined) return pool.run(task);
    const begun = Promise.allSettled([lastAlone, ...running]).then(() => pool.run(task));
    lastAlone = begun;
    return begun;
  };
  const workerBytes = setup.limits.memoryLimitMib * 2 ** 20;
  return {
    workers,
    heavyColumns(set, files) {
      const groups = new Map<string, Set<number>>();
      const absent = new Set<number>();
      for (const { sources, chunkBytes } of files) {
        // A page may be as large as its chunk, and is held twice while it is decompressed.
        const isHeavy = (bytes: number) => 2 * bytes > workerBytes;
        if (!chunkBytes.some(isHeavy)) continue;
        const wanted = (sets[set]?.specs ?? []).map(wantedColumn);
        findColumns(wanted, sources, record.features).forEach(({ source }, position) => {
          if (source === undefined) absent.add(position);
          else if (chunkBytes.slice(...source.leaves).some(isHeavy)) {
            groups.set(source.name, (groups.get(source.name) ?? new Set()).add(position));
          }
        });
      }
      const [first, ...others] = [...groups.values()];
      // What the file lacks takes nothing beside a column, but by itself has one decoded to know the rows.
      return first === undefined
        ? []
        : [new Set([...first, ...absent]), ...others].map((group) => [...group].sort((a, b) => a - b));
    },
    count(task) {
      const counted = begin(task).catch((error: unknown) => {
        const cause = error instanceof Error ? error.message : String(error);
        throw new DriftMonitorError(`log files could not be counted: ${cause.split('\n')[0]}`, { cause: error });
      });
      running.add(counted);
      counted.catch(() => undefined).finally(() => running.delete(counted));
      return counted;
    },
    async close() {
      // A worker that is stopped inside DuckDB takes the process with it.
      await Promise.allSettled(running);
      await pool.destroy();
    },
  };
}
