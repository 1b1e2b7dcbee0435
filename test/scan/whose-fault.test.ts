import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { recordColumns } from '../../src/config/record-columns.ts';
import { DriftMonitorError } from '../../src/errors.ts';
import { readWindows } from '../../src/profile/read-windows.ts';
import { locateFile } from '../../src/scan/locate-file.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { ConflictError, type ObjectStore, StorageError } from '../../src/storage/object-store.ts';
import { EVERY_ROW, numeric, objectOf, openScan, openScanRoom, type ScanRoom } from './read-columns.ts';
import { RemoteStore } from './remote-store.ts';
import { writeParquet } from './write-parquet.ts';

const record = recordColumns(loadConfiguration({ flags: new Map(), configFile: undefined, env: {} }).settings);
const small = writeParquet('SELECT i AS a FROM range(100) t(i)');

let directory: string;
let room: ScanRoom;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'whose-fault-'));
  room = await openScanRoom([new DirectoryStore(directory)]);
});

afterEach(async () => {
  await room.close();
  await rm(directory, { recursive: true });
});

async function read(logs: ObjectStore) {
  const files = [];
  for await (const object of logs.list('')) files.push({ hour: 0, object });
  const model = { name: 'm', version: 'v1' };
  const { windows } = await readWindows({
    store: new DirectoryStore(directory),
    logs,
    windows: [{ model, baselineId: '0123456789abcdef', specs: [], hours: [{ hour: 0, files }] }],
    record,
    okStatuses: [],
    template: '',
    useStored: false,
    memoryLimitMib: 128,
    tempDirectory: undefined,
    workers: 1,
    onProgress: () => undefined,
  });
  const [window] = windows;
  if (window === undefined) throw new Error('no window was read');
  return window;
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
    const { lease } = await openScan(room, store, object, [numeric('a')]);
    await writeFile(`${path}.new`, await writeParquet('SELECT i AS other, i AS a FROM range(100) t(i)'));
    await rename(`${path}.new`, path);
    await expect(lease.assertUnchanged()).rejects.toBeInstanceOf(ConflictError);
    await lease.close();
  });
});

describe('a map of features that nothing watched is in', () => {
  it('tells its keys, from a remote storage too', async () => {
    const store = new RemoteStore();
    const columns = "hash(i) AS filler, MAP {'extra': hash(i)} AS features, hash(i) AS more";
    store.replace('a', await writeParquet(`SELECT ${columns} FROM range(100000) t(i)`));
    const { seen, skipped } = await read(store);
    expect(skipped).toEqual([]);
    expect([...seen.keys()]).toEqual(['extra', 'filler', 'more']);
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
    const { scratch, roots } = room.workspace;
    await rm(scratch, { recursive: true });
    const nothing = { wanted: [], featuresColumn: 'features', owner: EVERY_ROW };
    const failed = locateFile({ scratch, roots }, store, await objectOf(store, 'a'), [nothing]);
    await expect(failed).rejects.toBeInstanceOf(DriftMonitorError);
    await expect(failed).rejects.toThrow(/scratch folder .* cannot be written.*DRIFT_TEMP_DIRECTORY/);
  });
});
