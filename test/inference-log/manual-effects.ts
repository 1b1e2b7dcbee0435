import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LoggerEffects } from '../../src/inference-log/effects.ts';
import { startEncoderThread } from '../../src/inference-log/encoder.ts';

export interface ManualEffects extends LoggerEffects {
  /** of the pauses before retries, which end at once */
  readonly pauses: number[];
  /** Lets time pass, with the timers that fall into it and what they set off. */
  advance(ms: number): Promise<void>;
}

export function manualEffects(start = Date.UTC(2025, 11, 24, 17, 5), random = 0.5): ManualEffects {
  const pauses: number[] = [];
  const timers = new Set<{ at: number; callback: () => void }>();
  let time = start;
  let ids = 0;
  return {
    pauses,
    now: () => time,
    random: () => random,
    uuid: () => `id-${ids++}`,
    startEncoderThread,
    after(ms, callback, { keepAlive }) {
      if (keepAlive) {
        pauses.push(ms);
        queueMicrotask(callback);
        return () => {};
      }
      const timer = { at: time + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      time += ms;
      for (const timer of [...timers].filter(({ at }) => at <= time)) {
        timers.delete(timer);
        timer.callback();
      }
      await nextTurn();
    },
  };
}
