import { ConflictError, ObjectNotFoundError, type ObjectStore } from '../storage/object-store.ts';
import type { LoggerEffects } from './effects.ts';
import type { Warn } from './warnings.ts';

/** One encoded log file. */
export interface LogObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface Destination {
  readonly store: ObjectStore;
  /** Where objects wait while `store` is down, under their own keys. Other processes may send and delete them. */
  readonly spill: ObjectStore | undefined;
}

export interface DeliveryOptions {
  /** Where it rejects, storage is down. */
  readonly destination: Promise<Destination>;
  readonly maxSpillBytes: number;
  /** After `hurry`, milliseconds until what storage has not taken is spilled. */
  readonly closePatienceMs: number;
  readonly effects: LoggerEffects;
  readonly warn: Warn;
}

export interface DeliveryCounters {
  /** in storage, also after a detour through the spill directory */
  rowsWritten: number;
  /** ever written to the spill directory */
  rowsSpilled: number;
  rowsDropped: number;
  objectsWritten: number;
  /** attempts at writing an object after its first */
  retries: number;
}

const ATTEMPTS = 5;
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 10_000;
const FIRST_RESEND_MS = 1_000;
const MAX_RESEND_MS = 60_000;

/**
 * Brings objects into storage, one at a time. When storage stays down they are spilled, or kept in memory where there is
 * no spill directory or it is full, and sent later. Keys are unique and never written over, so that an object that was sent twice (a
 * lost answer, two processes that share the spill directory) is stored once.
 */
export class Delivery {
  readonly counters: DeliveryCounters = {
    rowsWritten: 0,
    rowsSpilled: 0,
    rowsDropped: 0,
    objectsWritten: 0,
    retries: 0,
  };
  /** of objects that are in neither storage nor spill directory */
  pendingBytes = 0;
  pendingRows = 0;
  readonly #options: DeliveryOptions;
  readonly #held: LogObject[] = [];
  readonly #rowsInSpill = new Map<string, number>();
  #last: Promise<void> = Promise.resolve();
  #storageIsDown = false;
  #closing = false;
  #isHurried = false;
  /** What was asked of storage would take too long: by now it is spilled. */
  #isOverdue = false;
  readonly #givingUp = new Set<() => void>();
  #resending: Promise<void> | undefined;
  #failedResends = 0;
  #cancelResend: (() => void) | undefined;

  /** Begins with what an earlier process left in the spill directory. */
  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#startResending();
  }

  /** Settles once the object is in storage, spilled, or put aside in memory. Never rejects. */
  deliver(object: LogObject): Promise<void> {
    this.pendingBytes += object.bytes.length;
    this.pendingRows += object.rows;
    this.#last = this.#last.then(() => this.#deliver(object));
    return this.#last;
  }

  /**
   * From now on an object has one chance, and after `closePatienceMs` none: it is spilled, while there is time left to do so. Changes
   * nothing where there is no spill directory.
   */
  async hurry(): Promise<void> {
    const { destination, effects, closePatienceMs } = this.#options;
    const hasSpill = await destination.then(
      ({ spill }) => spill !== undefined,
      () => false,
    );
    if (!hasSpill) return;
    this.#isHurried = true;
    effects.after(
      closePatienceMs,
      () => {
        this.#isOverdue = true;
        for (const giveUp of this.#givingUp) giveUp();
      },
      { keepAlive: false },
    );
  }

  /** Call after the last `deliver` has settled. What is in memory gets a last chance, then it is given up and counted. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelResend?.();
    await this.#resending;
    let reachable = true;
    for (const object of this.#held.splice(0)) {
      reachable &&= await this.#put(object.key, object.bytes).then(
        () => true,
        () => false,
      );
      if (reachable) {
        this.#countWritten(object.rows);
      } else if (!(await this.#spill(object))) {
        this.counters.rowsDropped += object.rows;
        this.#options.warn(
          'lost',
          `${object.rows} rows are lost: neither storage nor a spill directory took them`,
          object.key,
        );
      }
      this.#forget(object);
    }
  }

  async #deliver(object: LogObject): Promise<void> {
    if (!this.#storageIsDown && (await this.#putWithRetries(object))) {
      this.#countWritten(object.rows);
      this.#forget(object);
      return;
    }
    this.#storageIsDown = true;
    if (await this.#spill(object)) this.#forget(object);
    else this.#held.push(object);
    this.#scheduleResend();
  }

  async #putWithRetries(object: LogObject): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#put(object.key, object.bytes);
        return true;
      } catch (error) {
        if (attempt === ATTEMPTS || this.#isHurried) {
          this.#options.warn('storage', `storage is down: ${messageOf(error)}`, object.key);
          return false;
        }
        this.counters.retries += 1;
        await this.#pause(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1)));
      }
    }
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    try {
      const { store } = await this.#options.destination;
      await this.#unlessOverdue(() => store.put(key, bytes, { ifNoneMatch: '*' }));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error; // else an earlier attempt arrived and its answer was lost
    }
  }

  /** A storage that takes a connection and never answers must not use up the time of the stop. */
  #unlessOverdue(write: () => Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error('no answer before the stop'));
      if (this.#isOverdue) return giveUp();
      this.#givingUp.add(giveUp);
      write()
        .then(() => resolve(), reject)
        .finally(() => this.#givingUp.delete(giveUp));
    });
  }

  async #spill({ key, bytes, rows }: LogObject): Promise<boolean> {
    const { destination, maxSpillBytes, warn } = this.#options;
    try {
      const { spill } = await destination;
      if (spill === undefined) return false;
      let used = 0;
      for await (const { size } of spill.list('')) used += size;
      if (used + bytes.length > maxSpillBytes) {
        warn('spill', `the spill directory is full (${used} of ${maxSpillBytes} bytes); rows stay in memory`, key);
        return false;
      }
      await spill.put(key, bytes, { ifNoneMatch: '*' });
    } catch (error) {
      warn('spill', `the spill directory cannot be written; rows stay in memory: ${messageOf(error)}`, key);
      return false;
    }
    this.#rowsInSpill.set(key, rows);
    this.counters.rowsSpilled += rows;
    return true;
  }

  #startResending(): void {
    this.#resending ??= this.#resend().then(() => {
      this.#resending = undefined;
      if (this.#failedResends > 0 || this.#held.length > 0 || this.#rowsInSpill.size > 0) this.#scheduleResend();
    });
  }

  #scheduleResend(): void {
    if (this.#closing || this.#cancelResend !== undefined || this.#resending !== undefined) return;
    const { effects } = this.#options;
    const longest = Math.min(MAX_RESEND_MS, FIRST_RESEND_MS * 2 ** this.#failedResends);
    const resend = () => {
      this.#cancelResend = undefined;
      this.#startResending();
    };
    this.#cancelResend = effects.after(longest * (0.5 + effects.random() / 2), resend, { keepAlive: false });
  }

  async #resend(): Promise<void> {
    try {
      await this.#resendHeld();
      await this.#resendSpilled();
      this.#storageIsDown = false;
      this.#failedResends = 0;
    } catch (error) {
      this.#failedResends += 1;
      this.#options.warn('storage', `rows still wait for storage: ${messageOf(error)}`);
    }
  }

  async #resendHeld(): Promise<void> {
    for (let object = this.#held[0]; object !== undefined && !this.#closing; object = this.#held[0]) {
      await this.#put(object.key, object.bytes);
      this.#storageIsDown = false;
      this.#held.shift();
      this.#countWritten(object.rows);
      this.#forget(object);
    }
  }

  /** Another process may be doing the same: whoever comes second finds the object in storage, or the file gone. */
  async #resendSpilled(): Promise<void> {
    const { spill } = await this.#options.destination;
    if (spill === undefined) return;
    const sentByOthers = new Set(this.#rowsInSpill.keys());
    let unreadable: unknown;
    for await (const { key } of spill.list('')) {
      if (this.#closing) return;
      let bytes: Uint8Array;
      try {
        ({ bytes } = await spill.get(key));
      } catch (error) {
        if (!(error instanceof ObjectNotFoundError)) {
          unreadable = error; // to be told, but not to hold back the others
          sentByOthers.delete(key);
        }
        continue;
      }
      sentByOthers.delete(key);
      await this.#put(key, bytes);
      this.#storageIsDown = false;
      await spill.delete(key);
      this.counters.objectsWritten += 1;
      this.#countFromSpill(key);
    }
    for (const key of sentByOthers) this.#countFromSpill(key);
    if (unreadable !== undefined) throw unreadable;
  }

  #countFromSpill(key: string): void {
    this.counters.rowsWritten += this.#rowsInSpill.get(key) ?? 0;
    this.#rowsInSpill.delete(key);
  }

  #countWritten(rows: number): void {
    this.counters.objectsWritten += 1;
    this.counters.rowsWritten += rows;
  }

  #forget(object: LogObject): void {
    this.pendingBytes -= object.bytes.length;
    this.pendingRows -= object.rows;
  }

  /** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
  #pause(longestMs: number): Promise<void> {
    const { effects } = this.#options;
    return new Promise((resolve) => effects.after(effects.random() * longestMs, resolve, { keepAlive: true }));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
