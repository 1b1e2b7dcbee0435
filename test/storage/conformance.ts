import { describe, expect, test } from 'vitest';
import {
  ConflictError,
  type ObjectInfo,
  ObjectNotFoundError,
  type ObjectStore,
  StorageError,
} from '../../src/storage/object-store.ts';
import { increment } from './increment.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const utf8 = (value: string) => new TextEncoder().encode(value);

/**
 * What every driver promises, as tests.
 *
 * @param open a store that is empty, and another one at each call
 */
export function describeObjectStore(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name}: bytes`, () => {
    test.each([
      ['no bytes', new Uint8Array()],
      ['every byte value', Uint8Array.from({ length: 256 }, (_, index) => index)],
      ['5 MB', Uint8Array.from({ length: 5_000_000 }, (_, index) => (index * 31) % 251)],
    ])('come back as they were put: %s', async (_, bytes) => {
      const store = await open();
      const { etag } = await store.put('folder/object.bin', bytes);
      const stored = await store.get('folder/object.bin');
      expect(Buffer.compare(stored.bytes, bytes)).toBe(0);
      expect(stored.etag).toBe(etag);
    });

    test('of a view into a larger buffer are the only ones put', async () => {
      const store = await open();
      await store.put('view', utf8('-inside-').subarray(1, 7));
      expect(text((await store.get('view')).bytes)).toBe('inside');
    });

    test('are replaced by a put without condition', async () => {
      const store = await open();
      await store.put('object', utf8('a longer first version'));
      await store.put('object', utf8('second'));
      expect(text((await store.get('object')).bytes)).toBe('second');
    });

    test('belong to the caller: what is got shares no memory with the next', async () => {
      const store = await open();
      await store.put('object', utf8('same'));
      const first = await store.get('object');
      first.bytes.fill(0);
      expect(text((await store.get('object')).bytes)).toBe('same');
      expect(first.bytes.buffer.byteLength).toBe(4);
    });

    test('of a range are [start, end), fewer at the end of the object, none behind it', async () => {
      const store = await open();
      await store.put('object', utf8('0123456789'));
      expect(text(await store.getRange('object', 0, 1))).toBe('0');
      expect(text(await store.getRange('object', 3, 7))).toBe('3456');
      expect(text(await store.getRange('object', 8, 100))).toBe('89');
      expect(text(await store.getRange('object', 10, 20))).toBe('');
    });

    test.each([
      [2, 2],
      [-1, 2],
      [0.5, 2],
      [0, Number.POSITIVE_INFINITY],
    ])('a range [%d, %d) is refused', async (start, end) => {
      const store = await open();
      await expect(store.getRange('object', start, end)).rejects.toThrow(RangeError);
    });

    test('of a range with ifMatch are of that version or a ConflictError', async () => {
      const store = await open();
      const first = await store.put('object', utf8('first'));
      expect(text(await store.getRange('object', 0, 3, { ifMatch: first.etag }))).toBe('fir');
      await store.put('object', utf8('second'));
      await expect(store.getRange('object', 0, 3, { ifMatch: first.etag })).rejects.toThrow(ConflictError);
    });

    test('of what is not there are an ObjectNotFoundError with the key', async () => {
      const store = await open();
      await store.put('there/object', utf8('x'));
      for (const key of ['missing', 'there/missing', 'there', 'there/object/below']) {
        await expect(store.get(key)).rejects.toMatchObject({ name: 'ObjectNotFoundError', key });
        await expect(store.getRange(key, 0, 1)).rejects.toThrow(ObjectNotFoundError);
      }
    });
  });

  describe(`${name}: keys`, () => {
    test.each([
      'year=2025/month=12/day=24/hour=17/part-0.parquet',
      'with space/and + plus/100%/%2F',
      'umläut/日本語/😀.json',
      'cafe\u0301/caf\u00e9',
      'question?mark/hash#/amp&semi;colon:star*/"quoted"',
      '.hidden/_SUCCESS/...',
    ])('%s is one key for put, list, get and delete', async (key) => {
      const store = await open();
      await store.put(key, utf8(key));
      expect(await keysOf(store, '')).toEqual([key]);
      expect(await keysOf(store, key.slice(0, -1))).toEqual([key]);
      expect(text((await store.get(key)).bytes)).toBe(key);
      await store.delete(key);
      expect(await keysOf(store, '')).toEqual([]);
    });

    test.each(['', '.', '..', '../outside', 'a/../b', 'a/.', './a', 'a\\b', 'a\0b', 'a\ud800'])(
      '%j is refused everywhere',
      async (key) => {
        const store = await open();
        for (const refused of [
          store.get(key),
          store.getRange(key, 0, 1),
          store.put(key, utf8('x')),
          store.delete(key),
        ]) {
          await expect(refused).rejects.toThrow(StorageError);
          await expect(refused).rejects.not.toThrow(ObjectNotFoundError);
        }
      },
    );
  });

  describe(`${name}: list`, () => {
    test('an empty storage has nothing', async () => {
      const store = await open();
      await store.delete(await createAndName(store));
      expect(await keysOf(store, '')).toEqual([]);
      expect(await keysOf(store, 'no/such/folder/')).toEqual([]);
    });

    test('goes by whole keys in ascending order of UTF-16 code units, across folders', async () => {
      const store = await open();
      const keys = [
        'B',
        'a',
        'a-b',
        'a.txt',
        'b/c',
        'b-c/d',
        'b!/d',
        'b/a/z',
        'b/a.z',
        'b0',
        'é',
        '\ufb01',
        '😀/x',
        'z/10',
        'z/9',
      ];
      for (const key of keys) await store.put(key, utf8('x'));
      expect(await keysOf(store, '')).toEqual(keys.toSorted());
      expect(keys.toSorted().indexOf('b-c/d')).toBeLessThan(keys.toSorted().indexOf('b/c')); // what makes it hard
    });

    test('takes the prefix as a plain string, not as a folder', async () => {
      const store = await open();
      for (const key of ['logs/h=1/a', 'logs/h=1/b', 'logs/h=10/a', 'logs/h=2/a', 'logs2/a'])
        await store.put(key, utf8('x'));
      expect(await keysOf(store, 'logs/h=1')).toEqual(['logs/h=1/a', 'logs/h=1/b', 'logs/h=10/a']);
      expect(await keysOf(store, 'logs/h=1/')).toEqual(['logs/h=1/a', 'logs/h=1/b']);
      expect(await keysOf(store, 'logs/h=1/b')).toEqual(['logs/h=1/b']);
      expect(await keysOf(store, 'logs/h=1/b/')).toEqual([]);
      expect(await keysOf(store, 'log')).toHaveLength(5);
      expect(await keysOf(store, 'logs/../logs2/')).toEqual([]);
    });

    test('has sizes in bytes, and the ETags that get and put have', async () => {
      const store = await open();
      const put = await store.put('object', utf8('12345'));
      const [listed] = await collect(store.list('object'));
      expect(listed).toEqual({ key: 'object', size: 5, etag: put.etag });
      expect((await store.get('object')).etag).toBe(put.etag);
    });

    test('has all of 1,203 objects in order, and stops when its reader does', async () => {
      const store = await open();
      const keys = Array.from({ length: 1203 }, (_, index) => `many/part-${String(index).padStart(5, '0')}`);
      await inParallel(keys, 16, async (key) => store.put(key, utf8('x')));
      await store.put('other', utf8('x'));
      expect(await keysOf(store, 'many/')).toEqual(keys);
      for await (const { key } of store.list('many/')) {
        expect(key).toBe(keys[0]);
        break;
      }
    });
  });

  describe(`${name}: versions and conditions`, () => {
    test('every write changes the ETag, the same bytes at once too', async () => {
      const store = await open();
      const etags = new Set<string>();
      for (let round = 0; round < 50; round++) etags.add((await store.put('object', utf8('same'))).etag);
      expect(etags.size).toBe(50);
    });

    test('ifNoneMatch writes where nothing is and leaves alone what is', async () => {
      const store = await open();
      const { etag } = await store.put('object', utf8('first'), { ifNoneMatch: '*' });
      await expect(store.put('object', utf8('second'), { ifNoneMatch: '*' })).rejects.toMatchObject({
        name: 'ConflictError',
        key: 'object',
      });
      const stored = await store.get('object');
      expect([text(stored.bytes), stored.etag]).toEqual(['first', etag]);
    });

    test('ifMatch writes over that version only', async () => {
      const store = await open();
      const first = await store.put('object', utf8('first'));
      const second = await store.put('object', utf8('second'), { ifMatch: first.etag });
      await expect(store.put('object', utf8('third'), { ifMatch: first.etag })).rejects.toThrow(ConflictError);
      const stored = await store.get('object');
      expect([text(stored.bytes), stored.etag]).toEqual(['second', second.etag]);
    });

    test('ifMatch does not write where nothing is', async () => {
      const store = await open();
      const { etag } = await store.put('object', utf8('first'));
      await store.delete('object');
      await expect(store.put('object', utf8('second'), { ifMatch: etag })).rejects.toThrow(ConflictError);
      await expect(store.get('object')).rejects.toThrow(ObjectNotFoundError);
    });

    test('delete removes, and deleting what is not there is no error', async () => {
      const store = await open();
      await store.delete('object');
      await store.put('object', utf8('x'));
      await store.delete('object');
      await store.delete('object');
      await expect(store.get('object')).rejects.toThrow(ObjectNotFoundError);
    });

    test('delete with ifMatch removes that version only', async () => {
      const store = await open();
      const first = await store.put('object', utf8('first'));
      const second = await store.put('object', utf8('second'));
      await expect(store.delete('object', { ifMatch: first.etag })).rejects.toThrow(ConflictError);
      expect(text((await store.get('object')).bytes)).toBe('second');
      await store.delete('object', { ifMatch: second.etag });
      await expect(store.delete('object', { ifMatch: second.etag })).rejects.toThrow(ConflictError);
    });

    test('of 20 who create the same object at once, one does', async () => {
      const store = await open();
      const writers = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
      const outcomes = await Promise.allSettled(
        writers.map((writer) => store.put('object', utf8(writer), { ifNoneMatch: '*' })),
      );
      const winners = writers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toEqual([text((await store.get('object')).bytes)]);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError);
      }
    });

    test('no increment is lost when 8 count at once with ifMatch', async () => {
      const store = await open();
      await store.put('counter', utf8('0'));
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let round = 0; round < 5; round++) await increment(store, 'counter');
        }),
      );
      expect(text((await store.get('counter')).bytes)).toBe('40');
    });
  });
}

export async function collect(infos: AsyncIterable<ObjectInfo>): Promise<ObjectInfo[]> {
  const collected: ObjectInfo[] = [];
  for await (const info of infos) collected.push(info);
  return collected;
}

export async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key);
}

async function createAndName(store: ObjectStore): Promise<string> {
  await store.put('object', utf8('x'));
  return 'object';
}

async function inParallel<T>(items: readonly T[], workers: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
