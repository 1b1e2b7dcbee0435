import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Delivery, type LogObject } from '../../src/inference-log/delivery.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { manualEffects } from './manual-effects.ts';
import { MemoryStore } from './memory-store.ts';

const MINUTE = 60_000;

function object(key: string, rows = 10, size = 100): LogObject {
  return { key, rows, bytes: new Uint8Array(size).fill(key.length) };
}

function start({
  store = new MemoryStore(),
  spill = new MemoryStore(),
  hasSpill = true,
  maxSpillBytes = 1000,
  random = 0.5,
} = {}) {
  const effects = manualEffects(0, random);
  const warnings: string[] = [];
  const destination = Promise.resolve({ store, spill: hasSpill ? spill : undefined });
  const warn = (kind: string) => warnings.push(kind);
  const delivery = new Delivery({ destination, maxSpillBytes, closePatienceMs: 5000, effects, warn });
  return { delivery, store, spill, effects, warnings };
}

describe('while storage answers', () => {
  it('an object is stored under its key and counted', async () => {
    const { delivery, store } = start();
    await delivery.deliver(object('a', 7));
    expect([...store.objects.keys()]).toEqual(['a']);
    expect(delivery.counters).toEqual({
      rowsWritten: 7,
      rowsSpilled: 0,
      rowsDropped: 0,
      objectsWritten: 1,
      retries: 0,
    });
    expect(delivery.pendingBytes).toBe(0);
  });

  it('an object whose answer was lost is stored and counted once', async () => {
    const { delivery, store } = start();
    store.losesNextAnswer = true;
    await delivery.deliver(object('a', 7));
    expect(store.objects.size).toBe(1);
    expect(delivery.counters).toMatchObject({ rowsWritten: 7, objectsWritten: 1, retries: 1, rowsSpilled: 0 });
  });

  it('what an earlier process left in the spill directory is sent', async () => {
    const spill = new MemoryStore();
    await spill.put('left/a', object('left/a').bytes);
    await spill.put('left/b', object('left/b').bytes);
    const { delivery, store } = start({ spill });
    await nextTurn();
    expect([...store.objects.keys()]).toEqual(['left/a', 'left/b']);
    expect(spill.objects.size).toBe(0);
    expect(delivery.counters).toMatchObject({ objectsWritten: 2, rowsWritten: 0 });
  });
});

describe('when storage is down', () => {
  it('a write is tried five times, after pauses that double', async () => {
    const { delivery, store, effects } = start({ random: 1 });
    store.down = true;
    await delivery.deliver(object('a'));
    expect(store.puts).toBe(5);
    expect(effects.pauses).toEqual([200, 400, 800, 1600]);
  });

  it('objects are spilled, the later ones at once, and sent when it is back', async () => {
    const { delivery, store, spill, effects } = start();
    store.down = true;
    await delivery.deliver(object('a', 1));
    await delivery.deliver(object('b', 2));
    expect(store.puts).toBe(5);
    expect([...spill.objects.keys()]).toEqual(['a', 'b']);
    expect(delivery.counters).toMatchObject({ rowsSpilled: 3, rowsWritten: 0 });
    expect(delivery.pendingBytes).toBe(0);

    store.down = false;
    await effects.advance(MINUTE);
    expect([...store.objects.keys()]).toEqual(['a', 'b']);
    expect(spill.objects.size).toBe(0);
    await delivery.deliver(object('c', 4));
    expect(spill.puts).toBe(2);
    expect(delivery.counters).toMatchObject({ rowsSpilled: 3, rowsWritten: 7, objectsWritten: 3, rowsDropped: 0 });
  });

  it('it is asked again ever more rarely, but every minute', async () => {
    const { delivery, store, effects } = start({ random: 1 });
    store.down = true;
    await delivery.deliver(object('a'));
    const asked: number[] = [];
    let puts = store.puts;
    for (let second = 1; second <= 300; second++) {
      await effects.advance(1000);
      if (store.puts > puts) asked.push(second);
      puts = store.puts;
    }
    expect(asked).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it('a full spill directory leaves objects in memory, from where they are sent later', async () => {
    const { delivery, store, spill, effects, warnings } = start({ maxSpillBytes: 150 });
    store.down = true;
    await delivery.deliver(object('a', 1, 100));
    await delivery.deliver(object('b', 2, 100));
    expect([...spill.objects.keys()]).toEqual(['a']);
    expect(warnings).toContain('spill');
    expect([delivery.pendingRows, delivery.pendingBytes]).toEqual([2, 100]);

    store.down = false;
    await effects.advance(MINUTE);
    expect([...store.objects.keys()].sort()).toEqual(['a', 'b']);
    expect(delivery.pendingBytes).toBe(0);
    expect(delivery.counters).toMatchObject({ rowsWritten: 3, rowsDropped: 0 });
  });

  it('a spill directory that cannot be written loses nothing', async () => {
    const { delivery, store, spill, effects } = start();
    store.down = true;
    spill.down = true;
    await delivery.deliver(object('a', 1));
    store.down = false;
    await effects.advance(MINUTE);
    expect(delivery.counters).toMatchObject({ rowsWritten: 1, rowsSpilled: 0, rowsDropped: 0 });
  });

  it('storage that could not even be opened is told and counts as down', async () => {
    const warnings: string[] = [];
    const destination = Promise.reject(new StorageError('no credentials'));
    const warn = (_kind: string, message: string) => warnings.push(message);
    const effects = manualEffects();
    const delivery = new Delivery({ destination, maxSpillBytes: 1, closePatienceMs: 5000, effects, warn });
    await delivery.deliver(object('a', 3));
    await delivery.close();
    expect(warnings.join()).toContain('no credentials');
    expect(delivery.counters.rowsDropped).toBe(3);
  });
});

describe('closing', () => {
  it('spills what a storage that never answers has not taken in time, begun before the stop or after it', async () => {
    const { delivery, store, spill, effects } = start();
    store.gate = new Promise(() => {});
    const delivered = [delivery.deliver(object('a', 5)), delivery.deliver(object('b', 6))];
    await nextTurn();
    await delivery.hurry();
    await effects.advance(4999);
    expect(spill.objects.size).toBe(0);
    await effects.advance(1);
    await Promise.all(delivered);
    await delivery.close();
    expect([...spill.objects.keys()]).toEqual(['a', 'b']);
    expect(delivery.counters).toMatchObject({ rowsSpilled: 11, rowsDropped: 0 });
    expect(store.puts).toBe(1);
  });

  it('tries a storage that refuses once more only, where objects can be spilled', async () => {
    const { delivery, store, spill } = start();
    store.down = true;
    await delivery.hurry();
    await delivery.deliver(object('a', 5));
    await delivery.close();
    expect([store.puts, spill.objects.size]).toEqual([1, 1]);
  });

  it('gives what is in memory a last chance', async () => {
    const { delivery, store } = start({ hasSpill: false });
    store.down = true;
    await delivery.deliver(object('a', 5));
    store.down = false;
    await delivery.close();
    expect(store.objects.size).toBe(1);
    expect(delivery.counters).toMatchObject({ rowsWritten: 5, rowsDropped: 0 });
  });

  it('counts what it has to give up, and says so', async () => {
    const { delivery, store, warnings } = start({ hasSpill: false });
    store.down = true;
    await delivery.deliver(object('a', 5));
    await delivery.deliver(object('b', 6));
    await delivery.close();
    expect(delivery.counters).toMatchObject({ rowsWritten: 0, rowsDropped: 11 });
    expect(delivery.pendingRows).toBe(0);
    expect(warnings).toContain('lost');
  });

  it('leaves a spill directory that is being sent for the next process', async () => {
    const spill = new MemoryStore();
    for (const key of ['a', 'b', 'c']) await spill.put(key, object(key).bytes);
    const store = new MemoryStore();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    store.gate = gate;
    const { delivery } = start({ store, spill });
    await nextTurn();
    const closed = delivery.close();
    open();
    await closed;
    expect([...store.objects.keys()]).toEqual(['a']);
    expect([...spill.objects.keys()]).toEqual(['b', 'c']);
  });
});

describe('a shared spill directory', () => {
  it('is sent once by two processes at once, and each counts its own rows', async () => {
    const store = new MemoryStore();
    const spill = new MemoryStore();
    const first = start({ store, spill });
    const second = start({ store, spill });
    store.down = true;
    await Promise.all([first.delivery.deliver(object('a', 1)), second.delivery.deliver(object('b', 2))]);
    store.down = false;
    await Promise.all([first.effects.advance(MINUTE), second.effects.advance(MINUTE)]);
    await Promise.all([first.effects.advance(MINUTE), second.effects.advance(MINUTE)]);
    expect([...store.objects.keys()].sort()).toEqual(['a', 'b']);
    expect(spill.objects.size).toBe(0);
    expect(first.delivery.counters).toMatchObject({ rowsSpilled: 1, rowsWritten: 1 });
    expect(second.delivery.counters).toMatchObject({ rowsSpilled: 2, rowsWritten: 2 });
  });

  it('with a file that cannot be read has the others sent', async () => {
    const spill = new (class extends MemoryStore {
      override async get(key: string) {
        if (key === 'a') throw new StorageError('not permitted');
        return await super.get(key);
      }
    })();
    for (const key of ['a', 'b']) await spill.put(key, object(key).bytes);
    const { store, warnings } = start({ spill });
    await nextTurn();
    expect([...store.objects.keys()]).toEqual(['b']);
    expect(warnings).toEqual(['storage']);
  });
});
