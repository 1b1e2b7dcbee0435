import type { SourceColumn } from './source-columns.ts';

/** A column that a scan is asked for, and the form in which its values are wanted. */
export type WantedColumn = WantedNumeric | WantedCategory | WantedEmbedding | WantedPresence;

export interface WantedNumeric {
  readonly as: 'numeric';
  readonly name: string;
  /** The baseline's column held dates or times: text is then read as an instant as well. */
  readonly temporal: boolean;
}

export interface WantedCategory {
  readonly as: 'category';
  readonly name: string;
  /** The values that get a code of their own, by position; at most 65,000, distinct. */
  readonly values: readonly string[];
  /** The baseline's column held booleans: numbers are then read as such. */
  readonly boolean: boolean;
}

export interface WantedEmbedding {
  readonly as: 'embedding';
  readonly name: string;
}

/** Whether there is a value, whatever its type. */
export interface WantedPresence {
  readonly as: 'presence';
  readonly name: string;
}

/** Code of a value that is none of `WantedCategory.values`. */
export const OTHER_CODE = 65_534;
/** Code of a missing value. */
export const MISSING_CODE = 65_535;

/** Values of a batch's rows. A validity bit (least significant first) of 0 means missing; no bitmap means none is. */
export type ColumnVector =
  | { readonly as: 'numeric'; readonly values: Float64Array; readonly validity: Uint32Array | undefined }
  | { readonly as: 'category'; readonly codes: Uint16Array }
  /** 1 for each row that has a value. */
  | { readonly as: 'presence'; readonly flags: Uint8Array }
  | {
      readonly as: 'embedding';
      /** Offset and length of each row's list in `items`, interleaved. */
      readonly entries: BigUint64Array;
      readonly items: Float32Array;
      readonly validity: Uint32Array | undefined;
      readonly itemValidity: Uint32Array | undefined;
    };

/** Where in a file a wanted column is; `inMap` where it is a key of one. */
export interface FoundColumn {
  readonly wanted: WantedColumn;
  readonly source: SourceColumn | undefined;
  readonly inMap: boolean;
}

/**
 * Where each wanted column is in a file. The first column of a name counts; a map named as the features column answers for
 * every name that the file has no column for.
 */
export function findColumns(
  wanted: readonly WantedColumn[],
  sources: readonly SourceColumn[],
  featuresColumn: string,
): FoundColumn[] {
  const byName = new Map<string, SourceColumn>();
  for (const source of sources) if (!byName.has(source.name)) byName.set(source.name, source);
  const candidate = byName.get(featuresColumn);
  const map = candidate?.kind === 'map' ? candidate : undefined;
  return wanted.map((column) => {
    const source = byName.get(column.name);
    if (source !== undefined && source !== map) return { wanted: column, source, inMap: false };
    return { wanted: column, source: map, inMap: map !== undefined };
  });
}

export function isValid(validity: Uint32Array | undefined, row: number): boolean {
  return validity === undefined || (((validity[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1;
}
