import { setTimeout as delay } from 'node:timers/promises';

/** What delivery needs of the world besides storage. */
export interface DeliveryEffects {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Uniform in [0, 1): spreads retries. */
  readonly random: () => number;
}

export const systemEffects: DeliveryEffects = { now: Date.now, sleep: (ms) => delay(ms), random: Math.random };
