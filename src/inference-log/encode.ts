import {
  type ColumnType,
  fitsElement,
  inferType,
  isListType,
  type ListType,
  type ScalarType,
  type Snapshot,
  toElements,
  toScalar,
} from './column-type.ts';
import type { Chunk, Column } from './columns.ts';
import { type ColumnData, type RowGroup, writeParquet } from './parquet-file.ts';

/** What the encoder needs to know of a column, at the position that is its index in the chunks. */
export type EncodeColumn = Pick<Column, 'name' | 'type' | 'declared'>;

export interface EncodedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By column index: the type it now has, undefined where it is not known yet. */
  readonly types: (ColumnType | undefined)[];
  /** By column index: values written as null because they were not of the type. */
  readonly nulled: number[];
}

const GROUP_ROWS = 4096;
/** List elements, which decide how much memory encoding a row group takes. */
const GROUP_ELEMENTS = 1_000_000;

/**
 * One Parquet file of all chunks. A column without a type gets that of its values; it is left out where no row has a value to
 * tell, and where no row logged it and it is not declared.
 */
export async function encode(columns: readonly EncodeColumn[], chunks: readonly Chunk[]): Promise<EncodedFile> {
  const types = columns.map((column, index) => column.type ?? inferType(valuesOf(chunks, index)));
  const nulled = columns.map(() => 0);
  const written: number[] = [];
  for (const [index, column] of columns.entries()) {
    const logged = column.declared || chunks.some((chunk) => chunk.values[index] !== undefined);
    if (logged && types[index] !== undefined) written.push(index);
  }

  function* rowGroups(): Generator<RowGroup> {
    for (const group of groupsOf(chunks)) {
      const rows = group.reduce((sum, chunk) => sum + chunk.rows, 0);
      const data = written.map((index) => {
        const type = types[index]!;
        const shredded = isListType(type) ? shredLists(type, group, index) : shredScalars(type, group, index, rows);
        nulled[index]! += shredded.nulled;
        return shredded;
      });
      yield { rows, columns: data };
    }
  }
  const fileColumns = written.map((index) => ({ name: columns[index]!.name, type: types[index]! }));
  return { bytes: await writeParquet(fileColumns, rowGroups()), types, nulled };
}

function* valuesOf(chunks: readonly Chunk[], index: number): Generator<Snapshot> {
  for (const chunk of chunks) yield* chunk.values[index] ?? [];
}

function* groupsOf(chunks: readonly Chunk[]): Generator<Chunk[]> {
  let group: Chunk[] = [];
  let rows = 0;
  let elements = 0;
  for (const chunk of chunks) {
    group.push(chunk);
    rows += chunk.rows;
    elements += elementsIn(chunk);
    if (rows >= GROUP_ROWS || elements >= GROUP_ELEMENTS) {
      yield group;
      group = [];
      rows = 0;
      elements = 0;
    }
  }
  if (group.length > 0) yield group;
}

function elementsIn(chunk: Chunk): number {
  return chunk.values.reduce((sum, values) => sum + elementsOf(values), 0);
}

interface Shredded extends ColumnData {
  readonly nulled: number;
}

const NO_LEVELS = new Uint8Array(0);

/** Definition level 0: null, 1: a value. */
function shredScalars(type: ScalarType, chunks: readonly Chunk[], index: number, rows: number): Shredded {
  const values: unknown[] = [];
  const definitionLevels = new Uint8Array(rows);
  let nulled = 0;
  let offset = 0;
  for (const chunk of chunks) {
    const logged = chunk.values[index] ?? [];
    for (let i = 0; i < logged.length; i++) {
      const value = logged[i]!;
      if (value === null) continue;
      const scalar = toScalar(type, value);
      if (scalar === undefined) {
        nulled += 1;
      } else {
        values.push(scalar);
        definitionLevels[offset + i] = 1;
      }
    }
    offset += chunk.rows;
  }
  return { values, definitionLevels, repetitionLevels: NO_LEVELS, nulled };
}

/** Definition level 0: null list, 1: empty list, 2: null element, 3: element. Repetition level 1: not the first of its list. */
function shredLists(type: ListType, chunks: readonly Chunk[], index: number): Shredded {
  const capacity = chunks.reduce((sum, chunk) => sum + chunk.rows + elementsOf(chunk.values[index]), 0);
  const values = new Float64Array(capacity);
  const definitionLevels = new Uint8Array(capacity);
  const repetitionLevels = new Uint8Array(capacity);
  let valueCount = 0;
  let levelCount = 0;
  let nulled = 0;
  for (const chunk of chunks) {
    for (let row = 0; row < chunk.rows; row++) {
      const value = chunk.values[index]?.[row] ?? null;
      const elements = value === null ? undefined : toElements(value);
      if (elements === undefined || elements.length === 0) {
        if (value !== null && elements === undefined) nulled += 1;
        definitionLevels[levelCount++] = elements === undefined ? 0 : 1;
        continue;
      }
      for (let i = 0; i < elements.length; i++) {
        const element = elements[i]!;
        const fits = element !== null && fitsElement(type, element);
        if (fits) values[valueCount++] = element;
        else if (element !== null) nulled += 1;
        repetitionLevels[levelCount] = i === 0 ? 0 : 1;
        definitionLevels[levelCount++] = fits ? 3 : 2;
      }
    }
  }
  return {
    values: values.subarray(0, valueCount),
    definitionLevels: definitionLevels.subarray(0, levelCount),
    repetitionLevels: repetitionLevels.subarray(0, levelCount),
    nulled,
  };
}

function elementsOf(values: readonly Snapshot[] | undefined): number {
  let elements = 0;
  for (const value of values ?? []) elements += value === null ? 0 : (toElements(value)?.length ?? 0);
  return elements;
}
