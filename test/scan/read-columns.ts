import { type Engine, openEngine } from '../../src/scan/duckdb.ts';
import { type FileLease, locateFile } from '../../src/scan/locate-file.ts';
import { FileScan, type RowOwner, selectColumns } from '../../src/scan/scan-file.ts';
import { UnreadableError } from '../../src/scan/unreadable.ts';
import { type ColumnVector, isValid, MISSING_CODE, OTHER_CODE, type WantedColumn } from '../../src/scan/wanted.ts';
import { openWorkspace, type Workspace } from '../../src/scan/workspace.ts';
import type { ObjectInfo, ObjectStore } from '../../src/storage/object-store.ts';

/** A missing value is null; a category that was not asked for is `OTHER`. */
export type Value = number | string | null | (number | null)[];

export const OTHER = Symbol('other').toString();

export const EVERY_ROW: RowOwner = [];

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

/** What a scan needs of this machine. */
export interface ScanRoom {
  readonly workspace: Workspace;
  readonly engine: Engine;
  close(): Promise<void>;
}

export async function openScanRoom(stores: readonly ObjectStore[], threads = 2): Promise<ScanRoom> {
  const workspace = await openWorkspace(undefined, stores);
  const engine = await openEngine(workspace, { memoryLimitMib: 256, threads });
  return {
    workspace,
    engine,
    async close() {
      engine.close();
      await workspace.close();
    },
  };
}

export async function openScan(
  { workspace, engine }: ScanRoom,
  store: ObjectStore,
  object: ObjectInfo,
  wanted: readonly WantedColumn[],
  owner = EVERY_ROW,
): Promise<{ lease: FileLease; scan: FileScan }> {
  const request = { wanted, featuresColumn: 'features', owner };
  const lease = await locateFile(workspace, store, object, [request]);
  return { lease, scan: new FileScan(engine.connection, lease.file, selectColumns(lease.file.sources, request)) };
}

/** Reads an object's columns row by row in the order of `wanted`, what cannot be decoded left out as in a run. */
export async function readColumns(
  room: ScanRoom,
  store: ObjectStore,
  object: ObjectInfo,
  wanted: readonly WantedColumn[],
  owner = EVERY_ROW,
): Promise<{ lease: FileLease; scan: FileScan; columns: Value[][] }> {
  const { lease, scan } = await openScan(room, store, object, wanted, owner);
  try {
    return { lease, scan, columns: await valuesOf(scan) };
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    const rest = await scan.readableRest(error, false);
    return { lease, scan: rest, columns: await valuesOf(rest) };
  } finally {
    await lease.assertUnchanged();
    await lease.close();
  }
}

export async function valuesOf(scan: FileScan): Promise<Value[][]> {
  const columns = scan.found.map((): Value[] => []);
  for await (const batch of scan.batches()) {
    for (const [index, vector] of batch.columns.entries()) {
      for (let row = 0; row < batch.rows; row++) {
        if (batch.belongs === undefined || batch.belongs[row] === 1) {
          columns[index]?.push(vector === undefined ? null : valueAt(vector, row, scan.found[index]?.wanted));
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
    case 'presence':
      return vector.flags[row] ?? null;
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
