import type { ColumnType, Snapshot } from './column-type.ts';

/** Names beyond this are taken for a mistake (an id logged as a name) and their values are not written. */
const MAX_COLUMNS = 4096;

export interface Column {
  readonly index: number;
  /** as written to the file */
  readonly name: string;
  /** Undefined until a first file decides it; from then on it stays. */
  type: ColumnType | undefined;
  /** Written to every file, even where no row has it. */
  readonly declared: boolean;
  /** values that were written as null because they were not of the type */
  nulled: number;
}

/** The columns that a writer has met, the record's own fields first. */
export class Columns {
  readonly all: Column[] = [];
  /** Features whose column bears another name, because theirs was taken or no valid Unicode: feature → column. */
  readonly renamed = new Map<string, string>();
  valuesOverColumnLimit = 0;
  /** about what they take in memory, for as long as the writer lives */
  bytes = 0;
  readonly #features = new Map<string, Column>();
  readonly #names = new Set<string>();

  constructor(
    own: Iterable<readonly [string, ColumnType | undefined]>,
    declared: Iterable<readonly [string, ColumnType]>,
  ) {
    const ofFeatures = new Map(declared);
    for (const [name, type] of own) {
      const declaredType = ofFeatures.get(name);
      ofFeatures.delete(name);
      this.#add(name, declaredType ?? type, declaredType !== undefined);
    }
    for (const [name, type] of ofFeatures) this.#addFeature(name, type, true);
  }

  /** The column of a feature, undefined (and counted) where there are too many. */
  ofFeature(name: string): Column | undefined {
    const known = this.#features.get(name);
    if (known !== undefined) return known;
    if (this.all.length < MAX_COLUMNS) return this.#addFeature(name, undefined, false);
    this.valuesOverColumnLimit += 1;
    return undefined;
  }

  nulledByColumn(): Map<string, number> {
    return new Map(this.all.filter((column) => column.nulled > 0).map((column) => [column.name, column.nulled]));
  }

  #addFeature(feature: string, type: ColumnType | undefined, declared: boolean): Column {
    let name = feature.toWellFormed();
    while (this.#names.has(name)) name = `feature_${name}`;
    if (name !== feature) this.renamed.set(feature, name);
    const column = this.#add(name, type, declared);
    this.#features.set(feature, column);
    return column;
  }

  #add(name: string, type: ColumnType | undefined, declared: boolean): Column {
    const column: Column = { index: this.all.length, name, type, declared, nulled: 0 };
    this.all.push(column);
    this.bytes += bytesOf(column);
    this.#names.add(name);
    return column;
  }
}

/** About: it is kept under its own name and that of its feature, and each file names it once more. */
function bytesOf({ name }: Column): number {
  return 256 + 4 * name.length;
}

/** One logged row before it is added to a chunk: `values[i]` belongs to `columns[i]`. */
export interface Row {
  readonly columns: Column[];
  readonly values: Snapshot[];
  /** about what it takes in memory */
  bytes: number;
}

/** Few enough that sending a chunk to a thread (0.2 ms for 50 columns) is not felt. */
const CHUNK_ROWS = 256;
const CHUNK_BYTES = 512 * 1024;

/** Rows by column. `values[column.index]` ends early, or is undefined, where the rest has no value. */
export interface Chunk {
  rows: number;
  readonly values: (Snapshot[] | undefined)[];
}

export class Chunks {
  readonly list: Chunk[] = [];
  rows = 0;
  bytes = 0;
  #bytesBefore = 0;

  /** Returns about how many bytes more it takes now: those of the row, and of columns that the chunk did not have yet. */
  add(row: Row): number {
    const before = this.bytes;
    let chunk = this.list.at(-1);
    if (chunk === undefined || chunk.rows >= CHUNK_ROWS || this.bytes - this.#bytesBefore >= CHUNK_BYTES) {
      chunk = { rows: 0, values: [] };
      this.list.push(chunk);
      this.#bytesBefore = this.bytes;
    }
    for (let i = 0; i < row.columns.length; i++) {
      const column = row.columns[i]!;
      let values = chunk.values[column.index];
      if (values === undefined) {
        values = [];
        chunk.values[column.index] = values;
        this.bytes += 64 + 2 * column.name.length;
      }
      if (values.length > chunk.rows) {
        if (row.values[i] !== null) column.nulled += 1;
        continue;
      }
      this.bytes += 8 * (chunk.rows - values.length);
      while (values.length < chunk.rows) values.push(null);
      values.push(row.values[i]!);
    }
    chunk.rows += 1;
    this.rows += 1;
    this.bytes += row.bytes;
    return this.bytes - before;
  }
}
