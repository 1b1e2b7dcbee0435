import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { directoryError } from '../../src/storage/directory-error.ts';
import { ConflictError, ObjectNotFoundError, StorageError } from '../../src/storage/object-store.ts';
import { collect, describeObjectStore, keysOf } from './conformance.ts';
import { runProcess, startProcess } from './run-process.ts';

let parent: string;
let stores = 0;
let root: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'drift-directory-'));
});
afterAll(async () => {
  await rm(parent, { recursive: true });
});
beforeEach(() => {
  root = join(parent, String(stores++));
});

const utf8 = (value: string) => new TextEncoder().encode(value);

async function drop(key: string, content = 'x'): Promise<string> {
  const path = join(root, key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

describeObjectStore('directory', async () => new DirectoryStore(join(parent, String(stores++))));

describe('a directory that other programs use too', () => {
  test('that does not exist yet is an empty storage, and reading does not create it', async () => {
    const store = new DirectoryStore(root);
    expect(await keysOf(store, '')).toEqual([]);
    await expect(store.get('object')).rejects.toThrow(ObjectNotFoundError);
    await store.delete('object');
    expect(await readdir(parent)).not.toContain(root.split('/').at(-1));
  });

  test('shows the files that they drop in, and a new version when they write into one', async () => {
    const path = await drop('logs/part-0.parquet', '12345');
    const store = new DirectoryStore(root);
    const [listed] = await collect(store.list('logs/'));
    expect(listed).toMatchObject({ key: 'logs/part-0.parquet', size: 5 });
    expect((await store.get('logs/part-0.parquet')).etag).toBe(listed?.etag);
    await writeFile(path, '123456');
    await expect(store.getRange('logs/part-0.parquet', 0, 2, { ifMatch: listed?.etag ?? '' })).rejects.toThrow(
      ConflictError,
    );
  });

  test('has objects as plain files, at localPath, and nothing else that list shows', async () => {
    const store = new DirectoryStore(root);
    await store.put('folder/object', utf8('content'));
    expect(store.localPath('folder/object')).toBe(join(root, 'folder/object'));
    expect(await readFile(store.localPath('folder/object'), 'utf8')).toBe('content');
    await writeFile(join(root, '.object-store', 'a.tmp'), 'left by a killed process');
    await writeFile(join(root, '.object-store', 'b.lock'), 'the same');
    expect(await keysOf(store, '')).toEqual(['folder/object']);
    expect(await keysOf(store, '.object-store/')).toEqual([]);
    expect(await keysOf(store, '.obj')).toEqual([]);
  });

  test.each(['a//b', '/a', 'a/', '.object-store/a.tmp', '.object-store'])(
    'refuses %j, which names another file',
    async (key) => {
      await expect(new DirectoryStore(root).put(key, utf8('x'))).rejects.toThrow(/cannot be a key/);
    },
  );

  test('follows links to files and to directories, once, and passes over those that lead nowhere', async () => {
    await drop('real/file');
    await symlink(join(root, 'real/file'), join(root, 'link'));
    await symlink(join(root, 'real'), join(root, 'linked-folder'));
    await symlink(root, join(root, 'real/loop'));
    await symlink(join(root, 'nowhere'), join(root, 'dangling'));
    await symlink(join(root, 'self'), join(root, 'self'));
    const store = new DirectoryStore(root);
    expect(await keysOf(store, '')).toEqual(['link', 'linked-folder/file', 'real/file']);
    expect((await store.get('link')).etag).toBe((await store.get('real/file')).etag);
  });

  test('may lose files while it is listed', async () => {
    for (let index = 0; index < 200; index++) await drop(`logs/part-${String(index).padStart(3, '0')}`);
    await drop('logs2/part-0');
    const keys: string[] = [];
    for await (const { key } of new DirectoryStore(root).list('')) {
      keys.push(key);
      if (keys.length === 1) await rm(join(root, 'logs'), { recursive: true });
    }
    expect(keys.at(-1)).toBe('logs2/part-0');
    expect(keys.length).toBeLessThan(200);
  });
});

describe('failures of a directory', () => {
  test('are one sentence with the path and the cause', async () => {
    const store = new DirectoryStore(root);
    await store.put('a', utf8('x'));
    await store.put('folder/b', utf8('x'));
    await expect(store.put('a/b', utf8('x'))).rejects.toThrow(
      `cannot write ${root}/a/b: a part of the path is a file, not a directory; move it away (EEXIST)`,
    );
    await expect(store.put('folder', utf8('x'))).rejects.toThrow(
      `cannot write ${root}/folder: it is a directory; move it away (EISDIR)`,
    );
    await expect(collect(new DirectoryStore(join(root, 'a')).list(''))).rejects.toThrow(
      `${root}/a is a file; the storage URL has to name a directory`,
    );
    expect(await readdir(join(root, '.object-store'))).toEqual([]);
  });

  test('keep the cause, and say what to do about a full disk', () => {
    const cause = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const error = directoryError('write', '/data/object', cause);
    expect(error).toBeInstanceOf(StorageError);
    expect(error.message).toBe('cannot write /data/object: no space is left on the disk; free some (ENOSPC)');
    expect(error.cause).toBe(cause);
  });
});

describe('several processes on one directory', () => {
  test('lose no increment', async () => {
    await new DirectoryStore(root).put('counter', utf8('0'));
    await Promise.all(Array.from({ length: 4 }, () => runProcess('count-in-store', root, 25)));
    expect(await readFile(join(root, 'counter'), 'utf8')).toBe('100');
  });

  test('create each object once', async () => {
    const created = await Promise.all(Array.from({ length: 4 }, () => runProcess('create-in-store', root, 50)));
    expect(created.reduce((sum, count) => sum + Number(count), 0)).toBe(50);
  });

  test('may be killed at any time: objects stay whole, and nothing blocks the next one', async () => {
    for (let kill = 0; kill < 6; kill++) {
      const child = startProcess('put-until-killed', root);
      if (child.stdout) await once(child.stdout, 'data');
      const exit = once(child, 'exit');
      setTimeout(() => child.kill('SIGKILL'), 20 + 37 * kill);
      await exit;

      const store = new DirectoryStore(root);
      for (const { key, size } of await collect(store.list(''))) {
        const { bytes } = await store.get(key);
        expect([size, bytes.length, new Set(bytes).size]).toEqual([100_000, 100_000, 1]);
      }
      const started = performance.now();
      for (const object of [0, 1, 2]) await store.put(`deep/folder/object-${object}`, Buffer.alloc(100_000));
      expect(performance.now() - started).toBeLessThan(2_000);
    }
    expect(await keysOf(new DirectoryStore(root), '')).toEqual(
      [0, 1, 2].map((object) => `deep/folder/object-${object}`),
    );
  });

  test('clean up after those that were killed an hour ago, not after those that still write', async () => {
    const old = await drop('.object-store/old.tmp');
    await drop('.object-store/new.tmp');
    const longAgo = Date.now() / 1000 - 3_700;
    await utimes(old, longAgo, longAgo);
    await new DirectoryStore(root).put('object', utf8('x'));
    expect(await readdir(join(root, '.object-store'))).toEqual(['new.tmp']);
  });
});
