import { setTimeout as delay } from 'node:timers/promises';
import { DriftMonitorError } from '../errors.ts';
import { getIfThere, parseJson } from '../storage/json-document.ts';
import { alertStateKey } from '../storage/layout.ts';
import { ConflictError, type ObjectStore } from '../storage/object-store.ts';
import { type AlertState, EMPTY_STATE, stateSchema } from './state.ts';

/** Writes of others that may come in between before something is wrong. */
const TRIES = 50;

/** The state of a model's alerts; the empty one where there is none. Throws where it is not one that this program reads. */
export async function loadState(store: ObjectStore, modelName: string): Promise<AlertState> {
  return (await loadVersioned(store, modelName)).state;
}

/**
 * Changes the state of a model's alerts, whoever else does so at the same time: `change` is called again with what they have
 * written, so it must not mind that its own change is already there. Returns what is stored; nothing is written where
 * `change` returns its argument.
 */
export async function updateState(
  store: ObjectStore,
  modelName: string,
  change: (state: AlertState) => AlertState,
  sleep: (ms: number) => Promise<unknown> = (ms) => delay(ms),
): Promise<AlertState> {
  for (let attempt = 1; ; attempt++) {
    const { state, etag } = await loadVersioned(store, modelName);
    const changed = change(state);
    if (changed === state) return state;
    try {
      const bytes = Buffer.from(`${JSON.stringify(changed)}\n`);
      await store.put(alertStateKey(modelName), bytes, etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag });
      return changed;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= TRIES) throw error;
      await sleep(Math.min(1000, 10 * attempt));
    }
  }
}

async function loadVersioned(store: ObjectStore, modelName: string): Promise<{ state: AlertState; etag?: string }> {
  const key = alertStateKey(modelName);
  const stored = await getIfThere(store, key);
  if (stored === undefined) return { state: EMPTY_STATE };
  const parsed = stateSchema.safeParse(parseJson(stored.bytes));
  if (parsed.success) return { state: parsed.data, etag: stored.etag };
  const [issue] = parsed.error.issues;
  throw new DriftMonitorError(
    `${key} in ${store.url} is no state of alerts that this program reads (${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}); ` +
      'use the program that wrote it, or delete it: what still holds is then told anew, and the end of what was told is not',
  );
}
