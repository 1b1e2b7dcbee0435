import { parentPort } from 'node:worker_threads';
import type { Chunk } from './columns.ts';
import { type EncodeColumn, type EncodedFile, encode } from './encode.ts';

/** A file is one `chunk` message for each of its chunks and then `encode`, which is answered once. */
export type EncoderRequest =
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  | { readonly kind: 'encode'; readonly columns: readonly EncodeColumn[] };

export type EncoderReply =
  | { readonly kind: 'encoded'; readonly file: EncodedFile }
  | { readonly kind: 'failed'; readonly reason: string };

let chunks: Chunk[] = [];

parentPort?.on('message', async (request: EncoderRequest) => {
  if (request.kind === 'chunk') {
    chunks.push(request.chunk);
    return;
  }
  const ofThisFile = chunks;
  chunks = [];
  try {
    const file = await encode(request.columns, ofThisFile);
    reply({ kind: 'encoded', file }, [file.bytes.buffer]);
  } catch (error) {
    reply({ kind: 'failed', reason: String(error) }, []);
  }
});

function reply(message: EncoderReply, transfer: ArrayBuffer[]): void {
  parentPort?.postMessage(message, transfer);
}
