import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError } from './cluster-error.ts';

/** The clock, as far as waiting for a cluster needs it. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when `signal` is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
}

export const systemClock: Clock = { now: Date.now, sleep: (ms, signal) => delay(ms, undefined, { signal }) };

/** Between two looks at something that is waited for. */
export const POLL_MS = 1_000;
/** An API server that is upgraded, or a network that is switched, is back within a minute or two. */
const PATIENCE_MS = 120_000;

/** Asks again while the cluster is away, for two minutes at most: who waits for an hour must not fail by one lost packet. */
export async function patiently<T>(ask: () => Promise<T>, { now, sleep }: Clock): Promise<T> {
  const giveUp = now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.isTransient || now() >= giveUp) throw error;
      await sleep(POLL_MS);
    }
  }
}
