import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { readParquet } from './read-parquet.ts';

const API = fileURLToPath(new URL('./api-process.ts', import.meta.url));

it('the logger keeps no process alive, and a process that ends by itself leaves no row behind', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'inference-logger-'));
  const { stderr } = await promisify(execFile)(process.execPath, [API, `file:${directory}`], { timeout: 20_000 });
  expect(stderr).toBe('');
  const store = new DirectoryStore(directory);
  const keys: string[] = [];
  for await (const { key } of store.list('inference-logs/')) keys.push(key);
  expect(keys).toHaveLength(1);
  const { bytes } = await store.get(keys[0] ?? '');
  expect((await readParquet(bytes)).column('x')).toEqual([0, 1, 2]);
  await rm(directory, { recursive: true });
});
