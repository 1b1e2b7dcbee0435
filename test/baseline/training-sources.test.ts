import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTrainingData } from '../../src/baseline/training-sources.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';

describe('training data that a person names', () => {
  let here: string;
  let store: DirectoryStore;

  beforeEach(async () => {
    here = await mkdtemp(join(tmpdir(), 'training-sources-'));
    store = new DirectoryStore(join(here, 'storage'));
  });
  afterEach(() => rm(here, { recursive: true }));

  async function put(...paths: string[]): Promise<void> {
    for (const path of paths) {
      await mkdir(dirname(join(here, path)), { recursive: true });
      await writeFile(join(here, path), path);
    }
  }

  async function find(...names: string[]): Promise<string[]> {
    const openDirectory = async (path: string) => new DirectoryStore(path);
    const sources = await findTrainingData(names, { name: 'm', version: 'v1' }, store, here, openDirectory);
    for (const { store, object } of sources) expect((await store.get(object.key)).bytes.length).toBe(object.size);
    return sources.map(({ name }) => name.replace(here, '.'));
  }

  it('is by default what lies under training-data in storage, leaving out what is no data', async () => {
    const root = 'storage/training-data/m/v1';
    await put(
      `${root}/b.csv.gz`,
      `${root}/a.parquet`,
      `${root}/_SUCCESS`,
      `${root}/_temporary/x.parquet`,
      `${root}/notes.txt`,
    );
    await put('storage/training-data/m/v10/other.parquet', `${root}/deep/c.csv`);
    expect(await find()).toEqual(['a.parquet', 'b.csv.gz', 'deep/c.csv'].map((name) => `training-data/m/v1/${name}`));
  });

  it('is a path, a directory or a glob of this machine, sorted', async () => {
    await put('train/b.parquet', 'train/a.csv', 'train/.hidden.csv', 'one.parquet');
    expect(await find('one.parquet')).toEqual(['./one.parquet']);
    expect(await find('train')).toEqual(['train/a.csv', 'train/b.parquet']);
    expect(await find('train/*')).toEqual(['./train/a.csv', './train/b.parquet']);
  });

  it('is else a key, a prefix or a glob of keys in storage', async () => {
    await put('storage/data/x.parquet', 'storage/data/y.parquet', 'storage/data/z.txt');
    expect(await find('data/x.parquet')).toEqual(['data/x.parquet']);
    expect(await find('data')).toEqual(['data/x.parquet', 'data/y.parquet']);
    expect(await find('data/{x,y}.parquet')).toEqual(['data/x.parquet', 'data/y.parquet']);
  });

  it('that is nowhere is refused, with where it was looked for', async () => {
    await put('storage/unrelated.txt');
    await expect(find('nowhere.parquet')).rejects.toThrow(
      /no training data nowhere\.parquet, neither as a file here nor/,
    );
    await expect(find()).rejects.toThrow(/no training data under training-data\/m\/v1\/ .* --training-data/);
  });
});
