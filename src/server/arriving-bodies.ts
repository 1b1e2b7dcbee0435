import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/** Bodies that arrive and are taken at the same time. Each takes some milliseconds: more of them would wait long. */
const MAX_BODIES = 24;
/** What takes longer than this is waited for, but keeps nobody else out. */
const SLOW_MS = 1000;
/** Bodies that are waited for, each of which may take memory up to the limit of a body. */
const MAX_SLOW = 32;

/** Bounds the bodies that arrive at the same time, so that whoever sends slowly holds up only themselves. */
export class ArrivingBodies {
  /** Since when, the oldest first. */
  readonly #since = new Map<IncomingMessage, number>();

  /** Before the body is read. Throws `Problem` 429; cuts off the slowest where too many are slow. */
  admit(request: IncomingMessage, now: number): void {
    const slow = [...this.#since].filter(([, since]) => now - since >= SLOW_MS);
    if (this.#since.size - slow.length >= MAX_BODIES) {
      throw new Problem(429, 'too much is logged at the same time', { retryAfter: 1 });
    }
    const [slowest] = slow;
    if (slow.length >= MAX_SLOW && slowest !== undefined) {
      this.#since.delete(slowest[0]);
      slowest[0].destroy();
    }
    this.#since.set(request, now);
    // After the end of the body as well as of the connection.
    request.once('close', () => this.#since.delete(request));
  }
}
