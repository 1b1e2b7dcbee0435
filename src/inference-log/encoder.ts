import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DriftMonitorError } from '../errors.ts';
import type { Chunk } from './columns.ts';
import type { EncodeColumn, EncodedFile } from './encode.ts';
import type { EncoderReply, EncoderRequest } from './encode-worker.ts';

/** What is used of a `Worker` that runs encode-worker.ts. */
export interface EncoderThread {
  postMessage(request: EncoderRequest): void;
  on(event: 'message', listener: (reply: EncoderReply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

/** TypeScript in a checkout, JavaScript in the package. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './encode-worker.ts' : './encode-worker.js', import.meta.url);

export function startEncoderThread(): EncoderThread {
  return new Worker(WORKER, { name: 'inference-logger' });
}

/** Columns. */
const WIDE = 1000;

/** Turns of all encoders of the process: more at once than there are processors would take memory and save no time. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

const encodings = new Turns(Math.max(2, availableParallelism()));

class ThreadDiedError extends DriftMonitorError {
  override name = 'ThreadDiedError';
}

/**
 * Encodes files one after another in a thread, which keeps the process alive only while it works. A thread that dies is
 * replaced and gets the file once more; a file that kills two is given up.
 */
export class Encoder {
  readonly #start: () => EncoderThread;
  #thread: EncoderThread | undefined;
  #waiting: PromiseWithResolvers<EncodedFile> | undefined;
  restarts = 0;

  constructor(start: () => EncoderThread) {
    this.#start = start;
    this.#thread = this.#startThread();
  }

  /** Not to be called again before it has settled. Rejects with `DriftMonitorError` where the file cannot be encoded. */
  async encode(columns: readonly EncodeColumn[], chunks: readonly Chunk[]): Promise<EncodedFile> {
    return await encodings.run(async () => {
      try {
        return await this.#tryEncode(columns, chunks);
      } catch (error) {
        if (!(error instanceof ThreadDiedError)) throw error;
        return await this.#tryEncode(columns, chunks);
      } finally {
        if (columns.length > WIDE) await this.#restart();
      }
    });
  }

  /** What a wide file took, over 100 MiB, would be collected only when the next one is encoded. */
  async #restart(): Promise<void> {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    await thread.terminate();
    this.#thread ??= this.#startThread();
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  async #tryEncode(columns: readonly EncodeColumn[], chunks: readonly Chunk[]): Promise<EncodedFile> {
    if (this.#thread === undefined) {
      this.restarts += 1;
      this.#thread = this.#startThread();
    }
    const thread = this.#thread;
    const waiting = Promise.withResolvers<EncodedFile>();
    waiting.promise.catch(() => {});
    this.#waiting = waiting;
    thread.ref();
    for (const chunk of chunks) {
      if (this.#thread !== thread) break;
      thread.postMessage({ kind: 'chunk', chunk });
      await nextTurn();
    }
    thread.postMessage({ kind: 'encode', columns });
    try {
      return await waiting.promise;
    } finally {
      thread.unref();
    }
  }

  #startThread(): EncoderThread {
    const thread = this.#start();
    let cause = 'it ended';
    thread.on('message', (reply) => {
      if (reply.kind === 'encoded') this.#waiting?.resolve(reply.file);
      else this.#waiting?.reject(new DriftMonitorError(`the rows could not be encoded as Parquet: ${reply.reason}`));
    });
    thread.on('error', (error) => {
      cause = String(error);
    });
    thread.on('exit', () => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#waiting?.reject(new ThreadDiedError(`the thread that encodes Parquet died: ${cause}`));
    });
    thread.unref(); // last: a listener refs it again
    return thread;
  }
}
