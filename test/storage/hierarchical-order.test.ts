import { expect, test } from 'vitest';
import { inKeyOrder, type ListedBlob } from '../../src/storage/hierarchical-order.ts';

/** `A/` is a directory, `A` a blob. */
async function* listing(
  names: readonly string[],
  onRead: (name: string) => void = () => {},
): AsyncGenerator<ListedBlob> {
  for (const name of names) {
    onRead(name);
    yield { key: name.replace(/\/$/, ''), size: 0, etag: name, isDirectory: name.endsWith('/') };
  }
}

async function order(names: readonly string[]): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of inKeyOrder(listing(names))) keys.push(key);
  return keys;
}

test('what an account with a hierarchical namespace lists comes in the order of whole keys, without its directories', async () => {
  // as in https://github.com/Azure/azure-sdk-for-go/issues/24210
  const listed = [
    'A/',
    'A/dat1',
    'A-B/',
    'A-B/dat2',
    'A-B-C',
    'A-C',
    'A.C/',
    'A.C/dat3',
    'AB/',
    'AB/AB',
    'AB/dat4',
    'AB.txt',
    'ABC',
  ];
  const keys = listed.filter((name) => !name.endsWith('/'));
  expect(await order(listed)).toEqual(keys.toSorted());
  expect(keys.toSorted()).not.toEqual(keys);
});

test('directories in directories are put in order too', async () => {
  const listed = ['a/', 'a/b/', 'a/b/c/', 'a/b/c/1', 'a/b/c-1', 'a/b-1', 'a/c', 'a-1/', 'a-1/b', 'b'];
  expect(await order(listed)).toEqual(listed.filter((name) => !name.endsWith('/')).toSorted());
});

test('a listing without directories streams', async () => {
  const read: string[] = [];
  for await (const { key } of inKeyOrder(listing(['a', 'b', 'c'], (name) => read.push(name)))) {
    expect(read.at(-1)).toBe(key);
  }
});

test('one directory of the outermost level is held at a time', async () => {
  const read: string[] = [];
  const names = ['h=01/', 'h=01/a', 'h=02/', 'h=02/a', 'h=03/', 'h=03/a'];
  for await (const { key } of inKeyOrder(listing(names, (name) => read.push(name)))) {
    expect(read.at(-1)).toBe(key === 'h=01/a' ? 'h=02/' : key === 'h=02/a' ? 'h=03/' : 'h=03/a');
  }
});
