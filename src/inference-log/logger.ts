import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DirectoryStore } from '../storage/directory.ts';
import { type Hour, hourOf } from '../storage/hour.ts';
import type { ModelId } from '../storage/layout.ts';
import { openStore } from '../storage/open.ts';
import { Chunks, Columns } from './columns.ts';
import { Delivery, type DeliveryCounters, type Destination } from './delivery.ts';
import { DEFAULT_EFFECTS, type LoggerEffects } from './effects.ts';
import { Encoder } from './encoder.ts';
import { type InferenceLoggerOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { partitionPrefix } from './partitions.ts';
import { type InferenceRecord, RECORD_COLUMNS, readRecord } from './record.ts';
import { createWarn, type Warn } from './warnings.ts';

export type { ColumnType } from './column-type.ts';
export type { ColumnDeclarations } from './declarations.ts';
export { DEFAULT_EFFECTS, type LoggerEffects } from './effects.ts';
export type { InferenceLoggerOptions } from './options.ts';
export type { Embedding, InferenceRecord } from './record.ts';
export type { WarnLogger } from './warnings.ts';

/** Counted since the logger was created. Every row logged is written, spilled and not sent yet, buffered or dropped. */
export interface InferenceLoggerStats extends Readonly<DeliveryCounters> {
  /** calls of `log` */
  readonly rowsLogged: number;
  /** now in memory */
  readonly rowsBuffered: number;
  /** about what they take there */
  readonly bytesBuffered: number;
  /** of them those of rows that are not encoded yet, which cost most */
  readonly bytesToEncode: number;
  /** about what the names and types of its columns take, for as long as the logger lives */
  readonly bytesOfColumns: number;
  /** Objects that rows in memory will make: one an hour and model version. Without those that wait for storage to come back. */
  readonly objectsBuffered: number;
  /** Values written as null because they were not of their column's type, or NaN. Up to date after `flush()`. */
  readonly nulledByColumn: ReadonlyMap<string, number>;
  /** Features whose column bears another name, because theirs was taken or no valid Unicode. */
  readonly renamedColumns: ReadonlyMap<string, string>;
  /** Values not written because 4,096 columns were there already. */
  readonly valuesOverColumnLimit: number;
  /** Threads that died while encoding. */
  readonly encoderRestarts: number;
}

export interface InferenceLogger {
  /** Buffers a copy of the record. Never waits, never throws; what it cannot take it counts. */
  readonly log: (record: InferenceRecord) => void;
  /** Settles when every row logged so far is in storage or spilled (or, where neither takes it, kept in memory to be sent later). */
  readonly flush: () => Promise<void>;
  /**
   * Flushes, stops the thread and gives up what neither storage nor spill directory takes. Rows logged afterwards are dropped.
   * Call it before `process.exit()` and on SIGTERM; a process that ends because nothing is left to do flushes by itself.
   */
  readonly close: () => Promise<void>;
  readonly stats: () => InferenceLoggerStats;
}

/**
 * Logs predictions as Parquet, one object a flush and hour (of the record's timestamp).
 *
 * @throws UsageError naming every option that is wrong
 */
export function createInferenceLogger(
  options: InferenceLoggerOptions,
  effects: LoggerEffects = DEFAULT_EFFECTS,
): InferenceLogger {
  return new BufferedLogger(resolveOptions(options), effects);
}

/** The rows of one object to be. */
interface Partition {
  readonly hour: Hour;
  readonly model: ModelId;
  readonly chunks: Chunks;
}

class BufferedLogger implements InferenceLogger {
  readonly #options: ResolvedOptions;
  readonly #effects: LoggerEffects;
  readonly #warn: Warn;
  readonly #columns: Columns;
  readonly #encoder: Encoder;
  readonly #delivery: Delivery;
  /** by prefix */
  #buffers = new Map<string, Chunks>();
  #lastPartition: Partition | undefined;
  #buffered = { rows: 0, bytes: 0, valueBytes: 0 };
  #encoding = { rows: 0, bytes: 0 };
  #lastEncoded: Promise<unknown> = Promise.resolve();
  readonly #inFlight = new Set<Promise<void>>();
  #cancelFlush: (() => void) | undefined;
  #closed: Promise<void> | undefined;
  #rowsLogged = 0;
  #rowsDropped = 0;

  constructor(options: ResolvedOptions, effects: LoggerEffects) {
    this.#options = options;
    this.#effects = effects;
    this.#warn = createWarn(options.logger, effects.now);
    this.#columns = new Columns(RECORD_COLUMNS, options.columns);
    this.#encoder = new Encoder(effects.startEncoderThread);
    const { maxSpillBytes, closePatienceMs } = options;
    const destination = open(options);
    this.#delivery = new Delivery({ destination, maxSpillBytes, closePatienceMs, effects, warn: this.#warn });
    process.on('beforeExit', this.flush);
  }

  readonly log = (record: InferenceRecord): void => {
    this.#rowsLogged += 1;
    try {
      if (this.#closed !== undefined) this.#drop(1, 'the logger is closed');
      else if (typeof record !== 'object' || record === null) this.#drop(1, 'a record is no object');
      else this.#append(record);
    } catch (error) {
      this.#drop(1, String(error));
    }
  };

  readonly flush = async (): Promise<void> => {
    this.#startFlush();
    await Promise.all(this.#inFlight);
  };

  readonly close = (): Promise<void> => {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  };

  readonly stats = (): InferenceLoggerStats => ({
    ...this.#delivery.counters,
    rowsDropped: this.#rowsDropped + this.#delivery.counters.rowsDropped,
    rowsLogged: this.#rowsLogged,
    rowsBuffered: this.#buffered.rows + this.#encoding.rows + this.#delivery.pendingRows,
    bytesBuffered: this.#bytesBuffered(),
    bytesToEncode: this.#buffered.bytes + this.#encoding.bytes,
    bytesOfColumns: this.#columns.bytes,
    objectsBuffered: this.#buffers.size + this.#inFlight.size,
    nulledByColumn: this.#columns.nulledByColumn(),
    renamedColumns: new Map(this.#columns.renamed),
    valuesOverColumnLimit: this.#columns.valuesOverColumnLimit,
    encoderRestarts: this.#encoder.restarts,
  });

  #bytesBuffered(): number {
    return this.#buffered.bytes + this.#encoding.bytes + this.#delivery.pendingBytes;
  }

  #append(record: object): void {
    const { model, maxRows, maxBytes, maxAgeMs, maxBufferedBytes } = this.#options;
    const row = readRecord(record, this.#columns, model, this.#effects.now());
    const bytes = this.#bytesBuffered();
    if (bytes + row.bytes > maxBufferedBytes) {
      this.#drop(1, `${bytes} of ${maxBufferedBytes} bytes wait in memory`);
      return;
    }
    this.#buffered.bytes += this.#chunksOf(row.epochMs, row.model).add(row);
    this.#buffered.valueBytes += row.bytes;
    this.#buffered.rows += 1;
    // Names and gaps of columns that few rows have make no object larger, but must not wait in memory either.
    const { rows, valueBytes, bytes: all } = this.#buffered;
    if (rows >= maxRows || valueBytes >= maxBytes || all >= 2 * maxBytes) this.#startFlush();
    else this.#cancelFlush ??= this.#effects.after(maxAgeMs, () => this.#startFlush(), { keepAlive: false });
  }

  #chunksOf(epochMs: number, model: ModelId): Chunks {
    const hour = hourOf(epochMs);
    const last = this.#lastPartition;
    if (last?.hour === hour && last.model.name === model.name && last.model.version === model.version)
      return last.chunks;
    const prefix = partitionPrefix(this.#options.logPathTemplate, hour, model);
    const chunks = this.#buffers.get(prefix) ?? new Chunks();
    this.#buffers.set(prefix, chunks);
    this.#lastPartition = { hour, model, chunks };
    return chunks;
  }

  #startFlush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const buffers = this.#buffers;
    this.#buffers = new Map();
    this.#lastPartition = undefined;
    this.#buffered = { rows: 0, bytes: 0, valueBytes: 0 };
    for (const [prefix, chunks] of buffers) {
      const stored = this.#store(prefix, chunks).finally(() => this.#inFlight.delete(stored));
      this.#inFlight.add(stored);
    }
  }

  async #store(prefix: string, chunks: Chunks): Promise<void> {
    const { rows } = chunks;
    this.#encoding.rows += rows;
    this.#encoding.bytes += chunks.bytes;
    const time = new Date(this.#effects.now()).toISOString().replaceAll(/[-:.]/g, '');
    const key = `${prefix}${time}-${this.#effects.uuid()}.parquet`;
    const encoded = this.#lastEncoded.then(() => this.#encode(chunks));
    this.#lastEncoded = encoded;
    const bytes = await encoded;
    this.#encoding.rows -= rows;
    this.#encoding.bytes -= chunks.bytes;
    if (bytes !== undefined) await this.#delivery.deliver({ key, bytes, rows });
  }

  /** Undefined where the rows are lost, which is counted. */
  async #encode(chunks: Chunks): Promise<Uint8Array | undefined> {
    const columns = this.#columns.all;
    try {
      const described = columns.map(({ name, type, declared }) => ({ name, type, declared }));
      const { bytes, types, nulled } = await this.#encoder.encode(described, chunks.list);
      for (const index of described.keys()) {
        const column = columns[index]!;
        column.type ??= types[index];
        column.nulled += nulled[index] ?? 0;
      }
      return bytes;
    } catch (error) {
      this.#drop(chunks.rows, String(error));
      return undefined;
    }
  }

  #drop(rows: number, reason: string): void {
    this.#rowsDropped += rows;
    this.#warn('dropped', `rows are dropped: ${reason}`);
  }

  async #shutDown(): Promise<void> {
    process.off('beforeExit', this.flush);
    await this.#delivery.hurry();
    await this.flush();
    await this.#delivery.close();
    await this.#encoder.close();
  }
}

async function open({ storage, spillDirectory }: ResolvedOptions): Promise<Destination> {
  const store = typeof storage === 'string' ? await openStore(storage) : storage;
  if (spillDirectory === undefined) return { store, spill: undefined };
  // each storage has its own part, so that nothing is sent to another
  const part = createHash('sha256').update(store.url).digest('hex').slice(0, 16);
  return { store, spill: new DirectoryStore(join(spillDirectory, part)) };
}
