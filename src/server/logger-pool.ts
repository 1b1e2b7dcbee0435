import {
  createInferenceLogger,
  type InferenceLogger,
  type InferenceLoggerOptions,
  type InferenceLoggerStats,
  type InferenceRecord,
  type WarnLogger,
} from '../inference-log/logger.ts';
import type { ModelId } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { Problem } from './problem.ts';

export interface LoggerPoolOptions {
  readonly store: ObjectStore;
  readonly logPathTemplate: string;
  /** Bytes of rows in memory from which nothing more is taken. */
  readonly bufferBytes: number;
  readonly spillDirectory: string | undefined;
  /** That storage has at the stop before what remains is spilled, in milliseconds. */
  readonly closePatienceMs: number;
  readonly logger: WarnLogger;
  readonly now: () => number;
  readonly createLogger?: (options: InferenceLoggerOptions) => InferenceLogger;
}

/** Sums over all loggers since the start. */
export type LoggerTotals = Record<
  | 'rowsLogged'
  | 'rowsWritten'
  | 'rowsBuffered'
  | 'bytesBuffered'
  | 'rowsSpilled'
  | 'rowsDropped'
  | 'nulledValues'
  | 'valuesOverColumnLimit',
  number
>;

/** Each has a thread, which takes about 8 MiB. */
const MAX_LOGGERS = 32;
/**
 * Share of the buffer that rows may take before they are encoded. They take three times of it then, and longer and longer
 * collections of garbage; what waits longer than that would only wait for the processor.
 */
const TO_ENCODE = 0.25;
/** Objects that rows in memory will make. Each is a write of its own, and one row may ask for one. */
const MAX_OBJECTS = 1000;
const IDLE_MS = 10 * 60_000;
const RETRY_SECONDS = 2;
/** Of the logger that nothing is logged to: it sends what an earlier process, or a logger that is closed, has spilled. */
const LEFT_BEHIND: ModelId = { name: 'left-behind', version: 'none' };

interface Pooled {
  readonly logger: InferenceLogger;
  lastUsed: number;
}

/**
 * A logger for each model version that is logged, since a column has one type in a logger. What is taken is never dropped for
 * want of memory: nothing more is taken instead.
 */
export class LoggerPool {
  readonly #options: LoggerPoolOptions;
  readonly #pool = new Map<string, Pooled>();
  readonly #sender: InferenceLogger | undefined;
  #ofClosed: LoggerTotals = totalsOf([]);
  #isClosed = false;

  constructor(options: LoggerPoolOptions) {
    this.#options = options;
    // Each logger listens for the end of the process.
    process.setMaxListeners(process.getMaxListeners() + MAX_LOGGERS);
    if (options.spillDirectory !== undefined) this.#sender = this.#create(LEFT_BEHIND);
  }

  /** Refuses before anything is read of a body that there would be no room for. Throws `Problem` 429 or 503. */
  admit(): void {
    if (this.#isClosed) throw new Problem(503, 'the server is stopping', { retryAfter: RETRY_SECONDS });
    const { bufferBytes } = this.#options;
    let bytes = 0;
    let ofColumns = 0;
    let toEncode = 0;
    let objects = 0;
    for (const { logger } of this.#pool.values()) {
      const { bytesBuffered, bytesToEncode, bytesOfColumns, objectsBuffered } = logger.stats();
      bytes += bytesBuffered;
      ofColumns += bytesOfColumns;
      toEncode += bytesToEncode;
      objects += objectsBuffered;
    }
    // The names of columns go with their logger only.
    for (const [key, { logger }] of bytes + ofColumns < bufferBytes ? [] : this.#oldestFirst()) {
      const { bytesOfColumns } = logger.stats();
      if (this.#closeEmpty(key, logger)) ofColumns -= bytesOfColumns;
      if (bytes + ofColumns < bufferBytes) break;
    }
    const hasRoom = bytes + ofColumns < bufferBytes && toEncode < bufferBytes * TO_ENCODE && objects < MAX_OBJECTS;
    if (hasRoom) return;
    // What fills it would else wait for its minute.
    for (const { logger } of this.#pool.values()) void logger.flush();
    throw new Problem(429, 'more is logged than can be written; send it again later', { retryAfter: RETRY_SECONDS });
  }

  /** Takes all records or, with a `Problem` 429 or 503, none. */
  async log(model: ModelId, records: readonly InferenceRecord[]): Promise<void> {
    this.admit();
    const pooled = await this.#ofModel(model);
    pooled.lastUsed = this.#options.now();
    for (const record of records) pooled.logger.log(record);
  }

  totals(): LoggerTotals {
    return add(this.#ofClosed, totalsOf([...this.#pool.values()].map(({ logger }) => logger.stats())));
  }

  /** Writes what was taken. Rows that neither storage nor spill directory took are counted as dropped afterwards. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pool.values()].map(({ logger }) => logger.close()));
    await this.#sender?.close();
  }

  /** Ends the threads of models that are not logged any more. */
  closeIdle(): void {
    const before = this.#options.now() - IDLE_MS;
    for (const [key, { logger, lastUsed }] of this.#pool) if (lastUsed < before) this.#closeEmpty(key, logger);
  }

  async #ofModel(model: ModelId): Promise<Pooled> {
    const key = `${model.name} ${model.version}`;
    if (!this.#pool.has(key) && this.#pool.size >= MAX_LOGGERS) await this.#makeRoom();
    const known = this.#pool.get(key);
    if (known !== undefined) return known;
    // Others may have taken the room meanwhile, or the server may stop.
    this.admit();
    if (this.#pool.size >= MAX_LOGGERS) throw tooManyModels();
    const pooled = { logger: this.#create(model), lastUsed: this.#options.now() };
    this.#pool.set(key, pooled);
    return pooled;
  }

  #oldestFirst(): [string, Pooled][] {
    return [...this.#pool].sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
  }

  /** Ends the logger that has been idle for longest, whose rows are written first. */
  async #makeRoom(): Promise<void> {
    const oldestFirst = this.#oldestFirst();
    for (const [key, { logger }] of oldestFirst) if (this.#closeEmpty(key, logger)) return;
    const [oldest] = oldestFirst;
    if (oldest === undefined) return;
    const [key, { logger }] = oldest;
    const { promise: tooLong, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, RETRY_SECONDS * 1000);
    await Promise.race([logger.flush(), tooLong]);
    clearTimeout(timer);
    if (this.#pool.get(key)?.logger !== logger) return;
    if (!this.#closeEmpty(key, logger)) throw tooManyModels();
  }

  #closeEmpty(key: string, logger: InferenceLogger): boolean {
    const stats = logger.stats();
    if (stats.rowsBuffered > 0) return false;
    this.#pool.delete(key);
    this.#ofClosed = add(this.#ofClosed, totalsOf([stats]));
    void logger.close();
    return true;
  }

  #create(model: ModelId): InferenceLogger {
    const { store, logPathTemplate, spillDirectory, closePatienceMs, logger } = this.#options;
    const { createLogger = createInferenceLogger } = this.#options;
    return createLogger({
      store,
      logPathTemplate,
      modelName: model.name,
      modelVersion: model.version,
      // What has been acknowledged is not dropped: `admit` keeps the memory bounded.
      maxBufferedBytes: Number.MAX_SAFE_INTEGER,
      ...(spillDirectory !== undefined && { spillDirectory, closePatienceMs }),
      logger,
    });
  }
}

/** The storage does not take their rows. */
function tooManyModels(): Problem {
  return new Problem(429, `rows of ${MAX_LOGGERS} model versions wait to be written; send it again later`, {
    retryAfter: RETRY_SECONDS,
  });
}

function totalsOf(all: readonly InferenceLoggerStats[]): LoggerTotals {
  const sum = (of: (stats: InferenceLoggerStats) => number) => all.reduce((total, stats) => total + of(stats), 0);
  return {
    rowsLogged: sum((stats) => stats.rowsLogged),
    rowsWritten: sum((stats) => stats.rowsWritten),
    rowsBuffered: sum((stats) => stats.rowsBuffered),
    bytesBuffered: sum((stats) => stats.bytesBuffered),
    rowsSpilled: sum((stats) => stats.rowsSpilled),
    rowsDropped: sum((stats) => stats.rowsDropped),
    nulledValues: sum(({ nulledByColumn }) => [...nulledByColumn.values()].reduce((total, count) => total + count, 0)),
    valuesOverColumnLimit: sum((stats) => stats.valuesOverColumnLimit),
  };
}

function add(a: LoggerTotals, b: LoggerTotals): LoggerTotals {
  const names = Object.keys(a) as (keyof LoggerTotals)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as LoggerTotals;
}
