import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOOTER_FETCH_BYTES, readFooter } from '../../src/scan/footer.ts';
import { ConflictError } from '../../src/storage/object-store.ts';
import {
  category,
  embedding,
  numeric,
  objectOf,
  openScan,
  openScanRoom,
  readColumns,
  type ScanRoom,
} from './read-columns.ts';
import { RemoteStore } from './remote-store.ts';
import { writeParquet } from './write-parquet.ts';

const GAP = 64 * 1024;
let room: ScanRoom;

beforeAll(async () => {
  room = await openScanRoom([]);
});

afterAll(() => room.close());

async function storeWith(bytes: Uint8Array) {
  const store = new RemoteStore();
  store.replace('log.parquet', bytes);
  return { store, object: await objectOf(store, 'log.parquet') };
}

/** 20 columns of incompressible doubles, c00 … c19, a text and a list, in 4 row groups: about 8 MB. */
const large = writeParquet(
  `SELECT ${Array.from({ length: 20 }, (_, i) => `hash(i * 20 + ${i})::DOUBLE AS c${String(i).padStart(2, '0')}`).join(', ')}, ` +
    "'text ' || i % 7 AS word, [hash(i)::FLOAT, i, 1] AS vector FROM range(40960) t(i)",
  'ROW_GROUP_SIZE 10240',
);

describe('a file in a remote storage', () => {
  it('costs the chunks of the columns asked for, the footer, and small gaps', async () => {
    const { store, object } = await storeWith(await large);
    const { lease, columns } = await readColumns(room, store, object, [
      numeric('c03'),
      numeric('c17'),
      category('word', ['text 1']),
    ]);
    expect(columns[0]).toHaveLength(40960);
    expect(columns[2]?.filter((value) => value === 'text 1')).toHaveLength(5852);

    const { rowGroups } = (await readFooter(store, object)).metadata;
    const wanted = [3, 17, 20].flatMap((leaf) => rowGroups.map(({ chunks }) => chunks[leaf]));
    const chunkBytes = wanted.reduce((sum, chunk) => sum + (chunk === undefined ? 0 : chunk.end - chunk.start), 0);
    const fetched = lease.bytesFetched;
    expect(fetched).toBeLessThanOrEqual(FOOTER_FETCH_BYTES + chunkBytes + GAP * wanted.length);
    expect(fetched).toBeLessThan(object.size / 4);
    // One for the footer, and at most one for each chunk.
    expect(store.ranges.length - 1).toBeLessThanOrEqual(1 + wanted.length);
    expect(store.bytesFetched).toBe(fetched + FOOTER_FETCH_BYTES);
  });

  it('asks for neighbouring chunks together', async () => {
    const { store, object } = await storeWith(await large);
    await readColumns(room, store, object, [numeric('c04'), numeric('c05'), numeric('c06')]);
    expect(store.ranges.length).toBeLessThanOrEqual(1 + 4);
  });

  it('reads the same as in place, with dictionaries, bloom filters and lists', async () => {
    const { store, object } = await storeWith(await large);
    const wanted = [category('word', ['text 3']), embedding('vector'), numeric('c19')];
    const { columns } = await readColumns(room, store, object, wanted);
    expect(columns[1]?.[40959]?.toString()).toMatch(/,40959,1$/);
    const whole = await storeWith(await large);
    const all = Array.from({ length: 20 }, (_, i) => numeric(`c${String(i).padStart(2, '0')}`));
    const { columns: everything } = await readColumns(room, whole.store, whole.object, [...wanted, ...all]);
    expect(columns).toEqual(everything.slice(0, 3));
  });

  it('is fetched whole, in one request, where it is small', async () => {
    const bytes = await writeParquet('SELECT i AS a, i AS b FROM range(100) t(i)');
    const { store, object } = await storeWith(bytes);
    const { columns } = await readColumns(room, store, object, [numeric('b')]);
    expect(columns[0]?.[99]).toBe(99);
    expect(store.ranges).toEqual([{ start: 0, end: bytes.length }]);
  });

  it('takes a second request where the footer is longer than the first one', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `i + ${i} AS "a feature with quite a long name, number ${i}"`);
    const { store, object } = await storeWith(await writeParquet(`SELECT ${names.join(', ')} FROM range(10) t(i)`));
    const wanted = [numeric('a feature with quite a long name, number 2999')];
    const { columns, lease } = await readColumns(room, store, object, wanted);
    expect(columns[0]).toEqual([2999, 3000, 3001, 3002, 3003, 3004, 3005, 3006, 3007, 3008]);
    expect(lease.file.sources).toHaveLength(3000);
    expect(store.ranges.length).toBeLessThanOrEqual(3);
    expect(store.bytesFetched).toBeLessThanOrEqual(object.size);
  });

  it('costs one column where it has none of those asked for', async () => {
    const { store, object } = await storeWith(await large);
    const { columns, lease } = await readColumns(room, store, object, [numeric('absent')]);
    expect(columns[0]?.length).toBe(40960);
    expect(columns[0]?.every((value) => value === null)).toBe(true);
    expect(lease.bytesFetched).toBeLessThan(object.size / 8);
  });

  it.each([
    ['before its footer is fetched', 1],
    ['before its columns are', 2],
    ['between two of them', 4],
  ])('is a conflict when it is rewritten %s', async (_, request) => {
    const { store, object } = await storeWith(await large);
    const other = await writeParquet('SELECT 1 AS c00');
    store.onRange = () => {
      if (store.ranges.length + 1 === request) store.replace('log.parquet', other);
    };
    const opened = openScan(room, store, object, [numeric('c00'), numeric('c10')]);
    await expect(opened).rejects.toBeInstanceOf(ConflictError);
  });
});
