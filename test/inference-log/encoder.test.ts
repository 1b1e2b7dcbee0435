import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { Chunk } from '../../src/inference-log/columns.ts';
import { Encoder, type EncoderThread, startEncoderThread } from '../../src/inference-log/encoder.ts';
import { readParquet } from './read-parquet.ts';

const COLUMNS = [{ name: 'x', type: undefined, declared: false }];
const CHUNKS: Chunk[] = [
  { rows: 2, values: [[1, 2]] },
  { rows: 2, values: [[3]] },
];

/** Threads that die by the code on their first message, before the good ones. */
function threads(...deadly: string[]): () => EncoderThread {
  return () => {
    const code = deadly.shift();
    if (code === undefined) return startEncoderThread();
    return new Worker(`require('node:worker_threads').parentPort.on('message', () => { ${code} })`, { eval: true });
  };
}

const THROWS = "throw new Error('boom')";
const EXITS = 'process.exit(3)';

it.each([
  ['throws', THROWS],
  ['exits', EXITS],
])('a thread that %s is replaced, and the rows are not lost', async (_, code) => {
  const encoder = new Encoder(threads(code));
  const { bytes, types } = await encoder.encode(COLUMNS, CHUNKS);
  expect((await readParquet(bytes)).column('x')).toEqual([1, 2, 3, null]);
  expect(types).toEqual(['double']);
  expect(encoder.restarts).toBe(1);
  await encoder.close();
});

it('rows that kill two threads are given up, and the next are encoded', async () => {
  const encoder = new Encoder(threads(THROWS, THROWS));
  await expect(encoder.encode(COLUMNS, CHUNKS)).rejects.toThrow('died: Error: boom');
  expect((await encoder.encode(COLUMNS, CHUNKS)).bytes.length).toBeGreaterThan(100);
  await encoder.close();
});

it('rows that cannot be encoded cost themselves, not the thread or the next rows', async () => {
  const encoder = new Encoder(startEncoderThread);
  await expect(encoder.encode([], CHUNKS)).rejects.toThrow('could not be encoded as Parquet');
  const { bytes } = await encoder.encode(COLUMNS, CHUNKS);
  expect((await readParquet(bytes)).rows).toHaveLength(4);
  expect(encoder.restarts).toBe(0);
  await encoder.close();
});

it('a thread that encoded a file of very many columns is replaced, and encodes the next file', async () => {
  let started = 0;
  const encoder = new Encoder(() => {
    started += 1;
    return startEncoderThread();
  });
  const columns = Array.from({ length: 1001 }, (_, index) => ({ name: `x${index}`, type: undefined, declared: false }));
  await encoder.encode(columns, CHUNKS);
  expect(started).toBe(2);
  const { bytes } = await encoder.encode(COLUMNS, CHUNKS);
  expect((await readParquet(bytes)).rows).toHaveLength(4);
  expect([started, encoder.restarts]).toEqual([2, 0]);
  await encoder.close();
});
