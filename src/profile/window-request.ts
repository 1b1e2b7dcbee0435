import { createHash } from 'node:crypto';
import type { RecordColumns } from '../config/record-columns.ts';
import type { LogFile } from '../inference-log/list-window.ts';
import type { Hour } from '../storage/hour.ts';
import type { ModelId } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { CountingSet } from './count-pool.ts';
import type { ColumnSpec } from './profile.ts';
import type { FanOut } from './shards/runner.ts';

/** A model's window: its log files by hour, and how to count them. */
export interface ModelWindow {
  readonly model: ModelId;
  readonly baselineId: string;
  readonly specs: readonly ColumnSpec[];
  readonly hours: readonly { readonly hour: Hour; readonly files: readonly LogFile[] }[];
}

export interface WindowsRequest {
  /** Where hour profiles are kept. */
  readonly store: ObjectStore;
  readonly logs: ObjectStore;
  readonly windows: readonly ModelWindow[];
  readonly record: RecordColumns;
  /** Texts of the status column that are counted by themselves: see `serviceSpecs`. */
  readonly okStatuses: readonly string[];
  /** Path template of the logs. */
  readonly template: string;
  /** False: every file is read, and no profile is stored. */
  readonly useStored: boolean;
  readonly memoryLimitMib: number;
  readonly tempDirectory: string | undefined;
  readonly workers: number;
  /** Absent: this process reads everything. */
  readonly fanOut?: FanOut | undefined;
  readonly onProgress: (files: number, total: number) => void;
}

/** Changes when logs would be read in another way: other columns of the record, another storage. */
export function readingId({
  record,
  okStatuses,
  logs,
  template,
}: Pick<WindowsRequest, 'record' | 'okStatuses' | 'logs' | 'template'>): string {
  return createHash('sha256')
    .update(JSON.stringify([record, okStatuses, logs.url, template]))
    .digest('hex')
    .slice(0, 16);
}

/** What is counted for each window: all of its columns, in rows that say that they are of its model, or say nothing. */
export function countingSets(
  windows: readonly Pick<ModelWindow, 'model' | 'specs'>[],
  record: RecordColumns,
): CountingSet[] {
  return windows.map(({ specs, model }) => ({
    specs,
    owner: [
      { column: record.modelName, value: model.name },
      { column: record.modelVersion, value: model.version },
    ],
  }));
}
