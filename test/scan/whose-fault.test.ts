import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { recordColumns } from '../../src/config/record-columns.ts';
import { DriftMonitorError } from '../../src/errors.ts';
import { readWindow } from '../../src/profile/read-window.ts';
import { type Engine, openEngine } from '../../src/scan/duckdb.ts';
import { openFile } from '../../src/scan/scan-file.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { ConflictError, type ObjectStore, StorageError } from '../../src/storage/object-store.ts';
import { EVERY_ROW, numeric, objectOf, valuesOf } from './read-columns.ts';
import { RemoteStore } from './remote-store.ts';
import { writeParquet } from './write-parquet.ts';

const record = recordColumns(loadConfiguration({ flags: new Map(), configFile: undefined, env: {} }).settings);
const small = writeParquet('SELECT i AS a FROM range(100) t(i)');

let directory: string;
let engine: Engine;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'whose-fault-'));
  engine = await openEngine({ memoryLimitMib: 128, threads: 1 }, [directory]);
});

afterEach(async () => {
  await engine.close();
  await rm(directory, { recursive: true });
});

async function read(store: ObjectStore) {
  const files = [];
  for await (const object of store.list('')) files.push({ hour: 0, object });
  const model = { name: 'm', version: 'v1' };
  return readWindow({ engine, store, files, model, specs: [], record, onProgress: () => undefined });
}

describe('a file that changes while its window is read', () => {
  it('is left out, and the others are counted', async () => {
    const store = new RemoteStore();
    store.replace('a', await small);
    store.replace('b', await small);
    const bytes = await small;
    store.onRange = (key) => key === 'a' && store.replace('a', bytes);
    const { profile, skipped } = await read(store);
    expect(profile.rows).toBe(100);
    expect(skipped).toEqual([{ key: 'a', cause: 'a in memory: was written by someone else meanwhile' }]);
  });

  it('is left out where it vanishes', async () => {
    const store = new RemoteStore();
    store.replace('a', await small);
    store.onRange = () => void store.objects.delete('a');
    expect((await read(store)).skipped).toEqual([{ key: 'a', cause: 'a does not exist in memory:' }]);
  });

  it('is a conflict where it is read in place, too', async () => {
    const path = join(directory, 'a');
    await writeFile(path, await small);
    const store = new DirectoryStore(directory);
    const object = await objectOf(store, 'a');
    const request = { wanted: [numeric('a')], featuresColumn: 'features', owner: EVERY_ROW };
    const file = await openFile(engine, store, object, request);
    await writeFile(`${path}.new`, await writeParquet('SELECT i AS other, i AS a FROM range(100) t(i)'));
    await rename(`${path}.new`, path);
    await expect(valuesOf(file)).rejects.toBeInstanceOf(ConflictError);
    await file.close();
  });
});

describe('a map of features that nothing watched is in', () => {
  it('tells its keys, from a remote storage too', async () => {
    const store = new RemoteStore();
    const columns = "hash(i) AS filler, MAP {'extra': hash(i)} AS features, hash(i) AS more";
    store.replace('a', await writeParquet(`SELECT ${columns} FROM range(100000) t(i)`));
    const { seen, skipped } = await read(store);
    expect(skipped).toEqual([]);
    expect([...seen.keys()]).toEqual(['filler', 'extra', 'more']);
  });
});

describe('what is no fault of a file stops the run', () => {
  it('a storage that fails', async () => {
    const store = new RemoteStore();
    store.replace('a', await small);
    store.onRange = () => {
      throw new StorageError('no answer');
    };
    await expect(read(store)).rejects.toThrow('no answer');
  });

  it.each(['remote', 'local'])('a scratch folder that cannot be written, with a %s storage', async (kind) => {
    const store = kind === 'local' ? new DirectoryStore(directory) : new RemoteStore();
    await store.put('a', await small);
    await rm(engine.scratch, { recursive: true });
    const failed = read(store);
    await expect(failed).rejects.toBeInstanceOf(DriftMonitorError);
    await expect(failed).rejects.toThrow(/scratch folder .* cannot be written.*DRIFT_TEMP_DIRECTORY/);
  });
});
