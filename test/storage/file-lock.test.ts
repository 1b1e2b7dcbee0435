import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withFileLock } from '../../src/storage/file-lock.ts';
import { deadProcessId, runProcess } from './run-process.ts';

let directory: string;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'drift-lock-'));
  path = join(directory, 'key.lock');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** What this process writes into a lock, with another process number, host … */
async function holderLike(changes: object): Promise<string> {
  const own = await withFileLock(path, () => readlinkSync(path));
  return JSON.stringify({ ...JSON.parse(own), ...changes });
}

/** A clock that goes on when someone waits, and runs `onSleep` then. */
function fakeClock(onSleep: (now: number) => void = () => {}) {
  let time = 0;
  return {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms;
      onSleep(time);
    },
  };
}

describe('a file lock', () => {
  test('is held during the critical section and gone after it, however that ends', async () => {
    expect(await withFileLock(path, () => readdirSync(directory))).toEqual(['key.lock']);
    const failing = withFileLock(path, () => {
      throw new Error('critical');
    });
    await expect(failing).rejects.toThrow('critical');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('keeps processes apart, with the lock of a killed one in their way', async () => {
    const counter = join(directory, 'counter');
    writeFileSync(counter, '0');
    symlinkSync(await holderLike({ pid: await deadProcessId() }), `${counter}.lock`);
    await Promise.all(Array.from({ length: 4 }, () => runProcess('count-under-lock', counter, 200)));
    expect(readFileSync(counter, 'utf8')).toBe('800');
    expect(readdirSync(directory)).toEqual(['counter']);
  });

  test('is waited for while its process lives, and not taken over before it is 5 s old', async () => {
    const holder = await holderLike({ pid: process.ppid });
    symlinkSync(holder, path);
    const clock = fakeClock((now) => {
      if (now < 4_900) expect(readlinkSync(path)).toBe(holder);
    });
    await withFileLock(path, () => {}, clock);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(clock.now()).toBeLessThan(5_100);
  });

  test('is taken over without waiting when its process is dead', async () => {
    symlinkSync(await holderLike({ pid: await deadProcessId() }), path);
    const clock = fakeClock();
    await withFileLock(path, () => {}, clock);
    expect(clock.now()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('of another host, where process numbers mean nothing here, is taken over after 5 s', async () => {
    symlinkSync(await holderLike({ pid: 2 ** 30, host: 'other' }), path);
    const clock = fakeClock();
    await withFileLock(path, () => {}, clock);
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each(['', '{"pid":', '[]', 'null'])(
    'that is a file with %j, made where links are not to be had, is too',
    async (content) => {
      writeFileSync(path, content);
      const clock = fakeClock();
      await withFileLock(path, () => {}, clock);
      expect(clock.now()).toBeGreaterThanOrEqual(5_000);
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  test('that changes hands is not abandoned, however long all holders take together', async () => {
    let id = 0;
    const next = async () => holderLike({ host: 'other', id: id++ });
    const holders = await Promise.all(Array.from({ length: 4 }, next));
    symlinkSync(holders[0] ?? '', path);
    const clock = fakeClock((now) => {
      const holder = holders[Math.floor(now / 4_000)];
      if (holder === undefined) return;
      unlinkSync(path);
      symlinkSync(holder, path);
    });
    await withFileLock(path, () => {}, clock);
    expect(clock.now()).toBeGreaterThanOrEqual(12_000 + 5_000);
  });

  test('is taken over too when one died in the middle of taking it over', async () => {
    const dead = await holderLike({ pid: await deadProcessId() });
    const digest = createHash('sha256').update(dead).digest('hex').slice(0, 16);
    symlinkSync(dead, path);
    symlinkSync(dead, `${path}.${digest}`); // the lock on its removal
    const clock = fakeClock();
    await withFileLock(path, () => {}, clock);
    expect(clock.now()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });
});
