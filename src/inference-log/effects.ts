import { randomUUID } from 'node:crypto';
import { type EncoderThread, startEncoderThread } from './encoder.ts';

/** What the logger does besides storage; tests hand in their own. */
export interface LoggerEffects {
  /** milliseconds since 1970 */
  now(): number;
  /** uniform in [0, 1) */
  random(): number;
  uuid(): string;
  /** Calls back once after `ms`, unless cancelled by the function returned. */
  after(ms: number, callback: () => void, options: { readonly keepAlive: boolean }): () => void;
  startEncoderThread(): EncoderThread;
}

export const DEFAULT_EFFECTS: LoggerEffects = {
  now: Date.now,
  random: Math.random,
  uuid: randomUUID,
  after(ms, callback, { keepAlive }) {
    const timer = setTimeout(callback, ms);
    if (!keepAlive) timer.unref();
    return () => clearTimeout(timer);
  },
  startEncoderThread,
};
