import { readdir, readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DriftMonitorError } from '../../../src/errors.ts';
import type { FanOut, ShardRun, ShardRunner } from '../../../src/profile/shards/runner.ts';
import { type DetectRequest, detect } from '../../../src/report/detect.ts';
import type { DirectoryStore } from '../../../src/storage/directory.ts';
import { HOUR_MS } from '../../../src/storage/hour.ts';
import { type ObjectStore, StorageError } from '../../../src/storage/object-store.ts';
import { writeParquet } from '../../scan/write-parquet.ts';
import { FanOutRoom, LAST, logQuery, MODELS, TestRunner, withoutRun } from './fan-out-room.ts';

const KIB = 1024;
const SMALL_ROW_GROUPS = 'COMPRESSION snappy, ROW_GROUP_SIZE 2048';
const FIXTURES = new URL('../../fixtures/', import.meta.url);

let room: FanOutRoom;

beforeEach(async () => {
  room = await FanOutRoom.open();
});

afterEach(async () => {
  await room.close();
});

/** Some files over two hours: one of several row groups, and smaller ones. */
async function writeLogs(): Promise<void> {
  await room.log(0, 'large.parquet', await writeParquet(logQuery(9000, 2), SMALL_ROW_GROUPS));
  await room.log(0, 'small-1.parquet', await writeParquet(logQuery(300, 3)));
  await room.log(0, 'small-2.parquet', await writeParquet(logQuery(200, 4)));
  await room.log(1, 'other.parquet', await writeParquet(logQuery(2500, 5)));
}

/** Reports and stored profiles of a run that finds none, byte for byte. */
async function detectAnew(request: Partial<DetectRequest>): Promise<Record<string, string>> {
  for (const key of await room.keys('profiles/')) await room.store.delete(key);
  const stored: Record<string, string> = {
    reports: withoutRun(await room.detect({ useStored: true, ...request })),
  };
  for (const key of await room.keys('profiles/')) {
    stored[key] = Buffer.from((await room.store.get(key)).bytes).toString('base64');
  }
  return stored;
}

describe('reports of a run over shards', () => {
  test('are those of one process, byte for byte, however the files are cut', async () => {
    const damage = fc.constantFrom('', '', 'page', 'page', 'footer', 'cut off', 'text');
    const file = fc.record({
      hour: fc.integer({ min: 0, max: 2 }),
      rows: fc.constantFrom(0, 1, 300, 5000, 9000),
      seed: fc.integer({ min: 2, max: 500 }),
      damage,
      // Columns that the baselines do not know, lack, or know with another type.
      columns: fc.constantFrom('', ', r AS more, NULL AS nothing', ', r AS n0', ', \'x\' AS "__proto__"'),
      rowGroup: fc.constantFrom(2048, 4096, 100_000),
      withoutOwner: fc.boolean(),
    });
    const logs = fc.array(file, { minLength: 1, maxLength: 4 });
    const sizes = fc.constantFrom(1, 8 * KIB, 40 * KIB, 150 * KIB, 10_000 * KIB);
    await fc.assert(
      fc.asyncProperty(logs, sizes, async (files, shardBytes) => {
        for (const key of await room.keys('inference-logs/')) await room.store.delete(key);
        for (const [index, { hour, rows, seed, damage, columns, rowGroup, withoutOwner }] of files.entries()) {
          const excluded = [...(withoutOwner ? ['model_name'] : []), ...(seed % 5 === 0 ? ['c1', 'e0'] : [])];
          const select = excluded.length === 0 ? '*' : `* EXCLUDE (${excluded.join(', ')})`;
          const query = `SELECT ${select} FROM (${logQuery(rows, seed, columns)})`;
          const bytes = await writeParquet(query, `COMPRESSION snappy, ROW_GROUP_SIZE ${rowGroup}`);
          await room.log(hour, `${index}.parquet`, spoilt(bytes, damage, seed));
        }
        const local = await detectAnew({});
        const shared = await detectAnew({ fanOut: new TestRunner(room).fanOut(shardBytes) });
        expect(shared).toEqual(local);
        expect(await room.keys('shards/')).toEqual([]);
      }),
      { numRuns: 15, seed: 11 },
    );
  }, 600_000);

  test('name the same unseen values, with their rows in all pieces', async () => {
    const query = logQuery(9000, 2).replace('< 0.02 THEN', '< 0.5 THEN');
    await room.log(0, 'large.parquet', await writeParquet(query, SMALL_ROW_GROUPS));
    const shared = await room.detect({ fanOut: new TestRunner(room).fanOut(8 * KIB) });
    expect(JSON.stringify(shared[0]?.findings)).toContain('new-2-');
    expect(withoutRun(shared)).toBe(withoutRun(await room.detect()));
  });

  test('tell of each damaged file what one process tells of it', async () => {
    const names = (await readdir(FIXTURES)).filter((name) => name.endsWith('.parquet'));
    for (const name of names) await room.log(0, name, await readFile(new URL(name, FIXTURES)));
    const local = await room.detect();
    const shared = await room.detect({ fanOut: new TestRunner(room).fanOut(100) });
    expect(local[0]?.inputs.skipped.length).toBeGreaterThan(10);
    expect(withoutRun(shared)).toBe(withoutRun(local));
  }, 300_000);

  test('leave profiles that a run of one process takes for its own', async () => {
    await writeLogs();
    const shared = await room.detect({ useStored: true, fanOut: new TestRunner(room).fanOut(40 * KIB) });
    const local = await room.detect({ useStored: true });
    expect(local[0]?.run).toMatchObject({ filesRead: 0, hoursKept: 2 });
    expect(withoutRun(local)).toBe(withoutRun(shared));
  });
});

describe('a run shares its files', () => {
  test('in mode auto only where there is more than one shard should read', async () => {
    await writeLogs();
    const runner = new TestRunner(room);
    await room.detect({ fanOut: runner.fanOut(10_000 * KIB, 'auto') });
    expect(runner.started).toEqual([]);
    await room.detect({ fanOut: runner.fanOut(100 * KIB, 'auto') });
    expect(runner.started).toHaveLength(1);
  });

  test('in mode job whenever there is something to read', async () => {
    const runner = new TestRunner(room);
    await room.detect({ fanOut: runner.fanOut(10_000 * KIB) });
    expect(runner.started).toEqual([]);
    await writeLogs();
    await room.detect({ fanOut: runner.fanOut(10_000 * KIB) });
    expect(runner.started).toMatchObject([{ shards: 1 }]);
  });

  test('and where pods cannot be had, mode auto reads them here and says so, mode job is an error', async () => {
    await writeLogs();
    const reasons: string[] = [];
    const without = (mode: FanOut['mode']): FanOut => ({
      mode,
      shardBytes: 40 * KIB,
      openRunner: () => Promise.reject(new DriftMonitorError('no cluster is known')),
      onFallback: (reason) => reasons.push(reason),
    });
    const local = await room.detect();
    expect(withoutRun(await room.detect({ fanOut: without('auto') }))).toBe(withoutRun(local));
    expect(reasons).toEqual(['no cluster is known']);
    await expect(room.detect({ fanOut: without('job') })).rejects.toThrow('no cluster is known');
    expect(await room.keys('shards/')).toEqual([]);
  });
});

describe('when something fails', () => {
  test('a shard that fails for good is in the report with its files and the cause, and the next run reads them', async () => {
    await writeLogs();
    const runner = new TestRunner(room, (index) => index === 1);
    const [report] = await room.detect({ useStored: true, fanOut: runner.fanOut(40 * KIB) });
    expect(report?.inputs.skipped).toEqual([
      { key: expect.stringMatching(/parquet$/), cause: 'its pod ran out of memory; the next run tries again' },
    ]);
    expect(report?.findings).toMatchObject([{ code: 'unreadable-file' }, ...(report?.findings.slice(1) ?? [])]);
    const local = await room.detect();
    const next = await room.detect({ useStored: true, fanOut: new TestRunner(room).fanOut(40 * KIB) });
    expect(next[0]?.run.filesRead).toBeLessThan(4);
    expect(withoutRun(next)).toBe(withoutRun(local));
  });

  test('that all shards fail still gives reports', async () => {
    await writeLogs();
    const runner = new TestRunner(room, () => true);
    const reports = await room.detect({ useStored: true, fanOut: runner.fanOut(40 * KIB) });
    expect(reports.map(({ status, inputs }) => [status, inputs.skipped.length])).toEqual([
      ['no-data', 4],
      ['no-data', 4],
    ]);
    expect(withoutRun(await room.detect({ useStored: true }))).toBe(withoutRun(await room.detect()));
  });

  test('a storage that stops in the middle of a shard takes nothing for damaged', async () => {
    await writeLogs();
    const run = await startedRun(40 * KIB);
    const failing = changed(room.store, {
      localPath: undefined,
      localRoot: undefined,
      getRange: () => Promise.reject(new StorageError('no answer')),
    });
    await expect(room.runShard(run, 0, failing)).rejects.toThrow('no answer');
    expect(await room.keys('shards/parts/')).toEqual([]);
  });

  test('a file that is rewritten or removed under the shards is in no profile, and read by the next run', async () => {
    await writeLogs();
    const large = (await room.keys('inference-logs/')).find((key) => key.includes('large')) ?? '';
    const other = (await room.keys('inference-logs/')).find((key) => key.includes('other')) ?? '';
    const runner = new TestRunner(room);
    const rewriting: ShardRunner = {
      start: (run) => runner.start(run),
      ended: async (run) => {
        await room.store.put(large, await writeParquet(logQuery(100, 9)));
        await room.store.delete(other);
        return await runner.ended(run);
      },
    };
    const fanOut = { ...runner.fanOut(40 * KIB), openRunner: async () => rewriting };
    const [report] = await room.detect({ useStored: true, fanOut });
    expect(report?.inputs.skipped.map(({ key }) => key)).toEqual([other, large].sort());
    const next = await room.detect({ useStored: true, fanOut: new TestRunner(room).fanOut(40 * KIB) });
    expect(withoutRun(next)).toBe(withoutRun(await room.detect()));
  });

  test('a shard is counted once, however often it is tried', async () => {
    await writeLogs();
    const run = await startedRun(40 * KIB);
    await room.runShard(run, 0);
    const [part = ''] = await room.keys('shards/parts/');
    const { etag } = await room.store.get(part);
    const reading = changed(room.store, {
      get: (key: string) => (key === part ? Promise.reject(new Error('read')) : room.store.get(key)),
    });
    await room.runShard(run, 0, reading);
    expect((await room.store.get(part)).etag).toBe(etag);
  });

  test('a coordinator that is killed at any write and started again leaves the reports of one process, and reads no shard twice', async () => {
    for (const hour of [0, 1]) await room.log(hour, 'a.parquet', await writeParquet(logQuery(150, hour + 2)));
    const local = withoutRun(await room.detect());
    for (let write = 0; ; write++) {
      for (const prefix of ['profiles/', 'drift-reports/', 'shards/', 'alerts/']) {
        for (const key of await room.keys(prefix)) await room.store.delete(key);
      }
      const runner = new TestRunner(room);
      const fanOut = runner.fanOut(10 * KIB);
      const killed = killedAt(room.store, write);
      const first = await room.detect({ store: killed, useStored: true, fanOut }).catch(() => undefined);
      const again = await room.detect({ useStored: true, fanOut });
      expect(withoutRun(again)).toBe(local);
      expect(new Set(runner.counted).size).toBe(runner.counted.length);
      expect(await room.keys('shards/')).toEqual([]);
      if (first !== undefined) break;
    }
  }, 600_000);

  test('a coordinator of the next hour goes on with the shards of the last one', async () => {
    await writeLogs();
    const run = await startedRun(40 * KIB);
    const runner = new TestRunner(room);
    await runner.start(run);
    await room.log(-1, 'new.parquet', await writeParquet(logQuery(900, 12)));
    const at = LAST + HOUR_MS;
    const next = await room.detect({ at, useStored: true, fanOut: runner.fanOut(40 * KIB) });
    expect(runner.started.map(({ runId }) => runId)).toEqual([run.runId, expect.not.stringMatching(run.runId)]);
    expect(next[0]?.run.filesRead).toBe(1);
    expect(withoutRun(next)).toBe(withoutRun(await room.detect({ at })));
  });

  test('two coordinators at once both report what one process does', async () => {
    await writeLogs();
    const local = withoutRun(await room.detect());
    const fanOut = () => new TestRunner(room).fanOut(40 * KIB);
    const both = await Promise.all([
      room.detect({ useStored: true, fanOut: fanOut() }),
      room.detect({ useStored: true, fanOut: fanOut() }),
    ]);
    for (const reports of both) expect(withoutRun(reports)).toBe(local);
    expect(await room.keys('shards/')).toEqual([]);
  });

  test('shards of other models are left alone', async () => {
    await writeLogs();
    const run = await startedRun(40 * KIB);
    const { models, ...request } = room.request({ useStored: true });
    const runner = new TestRunner(room);
    await detect({ ...request, models: models.slice(0, 1), fanOut: runner.fanOut(40 * KIB) });
    expect(await room.keys('shards/plans/')).toEqual([run.planKey]);
  });

  test('shards of a baseline that has been replaced are not waited for', async () => {
    await writeLogs();
    const run = await startedRun(40 * KIB);
    for (const name of MODELS) await room.train(name, 77);
    await expect(room.runShard(run, 0)).rejects.toThrow(/baseline of [ab] v1 has been replaced/);
    const runner = new TestRunner(room);
    const reports = await room.detect({ useStored: true, fanOut: runner.fanOut(40 * KIB) });
    expect(withoutRun(reports)).toBe(withoutRun(await room.detect()));
    expect(await room.keys('shards/')).toEqual([]);
  });

  test('a shard with other settings than its coordinator is refused', async () => {
    await writeLogs();
    const run = await startedRun(40 * KIB);
    const elsewhere = changed(room.store, { url: 'file:elsewhere' });
    await expect(room.runShard(run, 0, elsewhere)).rejects.toThrow(/other settings/);
    await expect(room.runShard(run, 999)).rejects.toThrow(/none with index 999/);
    await expect(room.runShard({ ...run, planKey: 'shards/plans/0000000000000000.json.gz' }, 0)).rejects.toThrow(
      /no plan/,
    );
  });
});

/** A run whose coordinator was stopped as soon as it had started the shards. */
async function startedRun(shardBytes: number): Promise<ShardRun> {
  const runner = new TestRunner(room);
  const stopped: ShardRunner = {
    start: (run) => runner.start(run),
    ended: () => Promise.reject(new Error('killed')),
  };
  const fanOut = { ...runner.fanOut(shardBytes), openRunner: async () => stopped };
  await expect(room.detect({ useStored: true, fanOut })).rejects.toThrow('killed');
  const [run] = runner.started;
  if (run === undefined) throw new Error('nothing was started');
  return run;
}

/** The store with some of its members replaced. */
function changed(store: DirectoryStore, members: Partial<Record<keyof ObjectStore, unknown>>): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Fails at the n-th write or deletion and ever after, as if the process were killed there. */
function killedAt(store: DirectoryStore, writes: number): ObjectStore {
  let left = writes;
  const unlessKilled =
    <Arguments extends unknown[], Result>(act: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      if (left <= 0) throw new Error('killed');
      left -= 1;
      return await act(...args);
    };
  return changed(store, {
    put: unlessKilled((...args: Parameters<ObjectStore['put']>) => store.put(...args)),
    delete: unlessKilled((...args: Parameters<ObjectStore['delete']>) => store.delete(...args)),
  });
}

/** Parquet with something wrong in it. */
function spoilt(bytes: Uint8Array, damage: string, seed: number): Uint8Array {
  const copy = Buffer.from(bytes);
  switch (damage) {
    case 'page': {
      const start = 4 + ((seed * 7919) % Math.max(1, copy.length / 2));
      copy.fill(0xff, Math.floor(start), Math.min(Math.floor(start) + 64, copy.length));
      return copy;
    }
    case 'footer':
      copy.fill(0x07, Math.max(0, copy.length - 60), copy.length - 20);
      return copy;
    case 'cut off':
      return copy.subarray(0, Math.floor(copy.length / 2));
    case 'text':
      return Buffer.from('no Parquet at all');
    default:
      return copy;
  }
}
