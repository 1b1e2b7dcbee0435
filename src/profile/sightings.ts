import type { SourceKind } from '../scan/source-columns.ts';

/** What the files with rows of a model had for a column. */
export interface ColumnSightings {
  readonly kinds: ReadonlySet<SourceKind>;
  /** Types as the files name them. */
  readonly types: ReadonlySet<string>;
  readonly files: number;
  /** Files that have two columns of the name; the first one counts. */
  readonly repeated: number;
}

/** By column name. Adds like everything else in a profile. */
export type Sightings = ReadonlyMap<string, ColumnSightings>;

export interface SeenColumn {
  readonly name: string;
  readonly kind: SourceKind;
  readonly type: string;
}

/** Of one file. */
export function sightingsOf(columns: readonly SeenColumn[]): Sightings {
  const seen = new Map<string, ColumnSightings>();
  for (const { name, kind, type } of columns) {
    const before = seen.get(name);
    const first = { kinds: new Set([kind]), types: new Set([type]), files: 1, repeated: 0 };
    seen.set(name, before === undefined ? first : { ...before, repeated: 1 });
  }
  return seen;
}

/** Sorted by name, so that the order of files makes no difference. */
export function mergeSightings(a: Sightings, b: Sightings): Sightings {
  const names = [...new Set([...a.keys(), ...b.keys()])].sort();
  return new Map(
    names.flatMap((name) => {
      const both = [a.get(name), b.get(name)].filter((sighting) => sighting !== undefined);
      return [[name, both.reduce(mergeSighting)]];
    }),
  );
}

function mergeSighting(a: ColumnSightings, b: ColumnSightings): ColumnSightings {
  return {
    kinds: new Set([...a.kinds, ...b.kinds].sort()),
    types: new Set([...a.types, ...b.types].sort()),
    files: a.files + b.files,
    repeated: a.repeated + b.repeated,
  };
}
