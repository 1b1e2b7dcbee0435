import type { RowGroupRange } from '../../scan/row-groups.ts';
import type { ObjectInfo } from '../../storage/object-store.ts';
import { decodeColumnProfile } from '../codec.ts';
import { emptyHour, type HourProfile } from '../hour-profile.ts';
import { type ColumnProfile, type ColumnSpec, emptyProfile, mergeProfiles } from '../profile.ts';
import type { JobOutcome, SkippedFile } from '../read-files.ts';
import { type SeenColumn, sightingsOf } from '../sightings.ts';
import type { PartResult } from './part.ts';

/** A file that several shards have counted in pieces, for one set. */
export class CutFile {
  readonly #object: ObjectInfo;
  readonly #specs: readonly ColumnSpec[];
  /** Rows of the model in each range of row groups, by its first. */
  readonly #rows = new Map<number, number>();
  #columns: readonly ColumnProfile[];
  #seen: readonly SeenColumn[] = [];
  #failure: string | undefined;
  #whole: JobOutcome | undefined;

  constructor(object: ObjectInfo, specs: readonly ColumnSpec[]) {
    this.#object = object;
    this.#specs = specs;
    this.#columns = emptyProfile(specs).columns;
  }

  /** Nothing is known of one of its pieces. */
  fail(cause: string): void {
    this.#failure ??= cause;
  }

  /** One of its pieces was damaged or has changed, and so all of it was counted, or found to be gone. */
  replace(hour: HourProfile, transient: readonly SkippedFile[]): void {
    if (this.#whole === undefined || this.#whole.hour.files.length < hour.files.length)
      this.#whole = { hour, transient };
  }

  /** `columns`: positions of what was counted among the specs. */
  add(
    { rows, seen, columns: counted }: PartResult & { type: 'piece' },
    [from]: RowGroupRange,
    columns: readonly number[],
  ): void {
    this.#rows.set(from, rows);
    if (seen.length > 0) this.#seen = seen;
    const next = [...this.#columns];
    for (const [index, position] of columns.entries()) {
      const spec = this.#specs[position];
      const before = next[position];
      if (spec === undefined || before === undefined) throw new Error('a shard has counted a column that there is not');
      const piece = { rows: 0, columns: [decodeColumnProfile(counted[index], spec)] };
      const [merged] = mergeProfiles({ rows: 0, columns: [before] }, piece).columns;
      if (merged !== undefined) next[position] = merged;
    }
    this.#columns = next;
  }

  outcome(): JobOutcome {
    if (this.#whole !== undefined) return this.#whole;
    const { key, etag, size } = this.#object;
    if (this.#failure !== undefined) {
      return { hour: emptyHour(this.#specs), transient: [{ key, cause: this.#failure }] };
    }
    const rows = [...this.#rows.values()].reduce((sum, ofRange) => sum + ofRange, 0);
    const hour: HourProfile = {
      files: [{ key, etag, size, rows }],
      profile: { rows, columns: this.#columns },
      seen: sightingsOf(this.#seen),
      unreadable: [],
    };
    return { hour, transient: [] };
  }
}
