import type { Engine } from '../../src/scan/duckdb.ts';
import { type OpenedFile, openFile, type RowOwner } from '../../src/scan/scan-file.ts';
import { UnreadableError } from '../../src/scan/unreadable.ts';
import { type ColumnVector, isValid, MISSING_CODE, OTHER_CODE, type WantedColumn } from '../../src/scan/wanted.ts';
import type { ObjectInfo, ObjectStore } from '../../src/storage/object-store.ts';

/** A missing value is null; a category that was not asked for is `OTHER`. */
export type Value = number | string | null | (number | null)[];

export const OTHER = Symbol('other').toString();

export const EVERY_ROW: RowOwner = { columns: [] };

export function numeric(name: string, temporal = false): WantedColumn {
  return { as: 'numeric', name, temporal };
}

export function category(name: string, values: readonly string[], boolean = false): WantedColumn {
  return { as: 'category', name, values, boolean };
}

export function embedding(name: string): WantedColumn {
  return { as: 'embedding', name };
}

/** The object called `key`, as a listing of the storage shows it. */
export async function objectOf(store: ObjectStore, key: string): Promise<ObjectInfo> {
  for await (const object of store.list(key)) if (object.key === key) return object;
  throw new Error(`there is no ${key} in ${store.url}`);
}

/** Opens an object, and reads its columns row by row in the order of `wanted`, what cannot be decoded left out as in a run. */
export async function readColumns(
  engine: Engine,
  store: ObjectStore,
  object: ObjectInfo,
  wanted: readonly WantedColumn[],
  owner = EVERY_ROW,
): Promise<{ file: OpenedFile; columns: Value[][] }> {
  const file = await openFile(engine, store, object, { wanted, featuresColumn: 'features', owner });
  try {
    return { file, columns: await valuesOf(file) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const rest = await file.readableRest(error);
    return { file: rest, columns: await valuesOf(rest) };
  } finally {
    await file.close();
  }
}

export async function valuesOf(file: OpenedFile): Promise<Value[][]> {
  const columns = file.found.map((): Value[] => []);
  for await (const batch of file.batches()) {
    for (const [index, vector] of batch.columns.entries()) {
      for (let row = 0; row < batch.rows; row++) {
        if (batch.belongs === undefined || batch.belongs[row] === 1) {
          columns[index]?.push(valueAt(vector, row, file.found[index]?.wanted));
        }
      }
    }
  }
  return columns;
}

function valueAt(vector: ColumnVector, row: number, wanted: WantedColumn | undefined): Value {
  switch (vector.as) {
    case 'numeric':
      return isValid(vector.validity, row) ? (vector.values[row] ?? null) : null;
    case 'category': {
      const code = vector.codes[row] ?? MISSING_CODE;
      if (code === MISSING_CODE) return null;
      return code === OTHER_CODE || wanted?.as !== 'category' ? OTHER : (wanted.values[code] ?? OTHER);
    }
    case 'embedding': {
      if (!isValid(vector.validity, row)) return null;
      const start = Number(vector.entries[2 * row]);
      const length = Number(vector.entries[2 * row + 1]);
      return Array.from({ length }, (_, item) =>
        isValid(vector.itemValidity, start + item) ? (vector.items[start + item] ?? null) : null,
      );
    }
  }
}
