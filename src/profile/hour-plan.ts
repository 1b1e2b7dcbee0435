import type { LogFile } from '../inference-log/list-window.ts';
import type { Hour } from '../storage/hour.ts';

/** A log file that an hour profile has counted, or found unreadable. */
export interface LedgerEntry {
  readonly key: string;
  readonly etag: string;
  /** bytes */
  readonly size: number;
  /** Rows of the model. */
  readonly rows: number;
  /** Why nothing of it is counted; such a file is not read again until it changes. */
  readonly cause?: string | undefined;
}

/** What a run has to do for one hour. */
export interface HourPlan {
  readonly hour: Hour;
  /** `keep`: the stored profile is current; `extend`: files were added; `recompute`: one was rewritten or removed, or there is no profile. */
  readonly action: 'keep' | 'extend' | 'recompute';
  /** Files to read. */
  readonly read: readonly LogFile[];
  readonly files: number;
  readonly bytes: number;
}

/** Compares the files of an hour with the ledger of its stored profile. */
export function planHour(hour: Hour, files: readonly LogFile[], ledger: readonly LedgerEntry[] | undefined): HourPlan {
  const bytes = files.reduce((sum, { object }) => sum + object.size, 0);
  const plan = { hour, files: files.length, bytes };
  if (ledger === undefined) return { ...plan, action: files.length > 0 ? 'recompute' : 'keep', read: files };
  const present = new Map(files.map(({ object }) => [object.key, object.etag]));
  if (ledger.some(({ key, etag }) => present.get(key) !== etag)) return { ...plan, action: 'recompute', read: files };
  const counted = new Set(ledger.map(({ key }) => key));
  const added = files.filter(({ object }) => !counted.has(object.key));
  return { ...plan, action: added.length > 0 ? 'extend' : 'keep', read: added };
}
