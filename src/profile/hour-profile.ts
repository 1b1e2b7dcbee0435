import type { Hour } from '../storage/hour.ts';
import { sealEmbedding } from './embedding.ts';
import type { LedgerEntry } from './hour-plan.ts';
import { type ColumnSpec, emptyProfile, mergeProfiles, type Profile } from './profile.ts';
import { mergeSightings, type Sightings } from './sightings.ts';

/** A column that could not be decoded in some files, and why; its rows there count as missing. */
export interface UnreadableColumn {
  readonly name: string;
  readonly key: string;
  readonly cause: string;
}

/** Everything that a run needs of some log files of one hour: made once, kept in storage, merged ever after. */
export interface HourProfile {
  readonly files: readonly LedgerEntry[];
  readonly profile: Profile;
  readonly seen: Sightings;
  readonly unreadable: readonly UnreadableColumn[];
}

export function emptyHour(specs: readonly ColumnSpec[]): HourProfile {
  return { files: [], profile: emptyProfile(specs), seen: new Map(), unreadable: [] };
}

/** Of two sets of files that have none in common; throws where they do, or were counted by different baselines. */
export function mergeHours(a: HourProfile, b: HourProfile): HourProfile {
  const files = [...a.files, ...b.files].sort(byKey);
  const twice = files.find(({ key }, index) => files[index + 1]?.key === key);
  if (twice !== undefined) throw new Error(`${twice.key} would be counted twice`);
  return {
    files,
    profile: mergeProfiles(a.profile, b.profile),
    seen: mergeSightings(a.seen, b.seen),
    unreadable: [...a.unreadable, ...b.unreadable].sort((x, y) => byKey(x, y) || (x.name < y.name ? -1 : 1)),
  };
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** Where and of what an hour profile is. */
export interface HourIdentity {
  readonly baselineId: string;
  readonly hour: Hour;
  /** What besides the baseline decides how logs are read: see `readingId`. */
  readonly reading: string;
}

/** As it is stored, and goes into windows: with as few sampled vectors as an hour may keep. */
export function sealHour(hour: HourProfile): HourProfile {
  const columns = hour.profile.columns.map((column) => (column.type === 'embedding' ? sealEmbedding(column) : column));
  return { ...hour, profile: { ...hour.profile, columns } };
}
