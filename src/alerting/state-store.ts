import { DriftMonitorError } from '../errors.ts';
import { getIfThere, parseJson } from '../storage/json-document.ts';
import { alertStateKey } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { type AlertState, EMPTY_STATE, stateSchema } from './state.ts';

/** The state of a model's alerts; the empty one where there is none. Throws where it is not one that this program reads. */
export async function loadState(store: ObjectStore, modelName: string): Promise<AlertState> {
  const key = alertStateKey(modelName);
  return stateOf((await getIfThere(store, key))?.bytes, key, store.url);
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
  sleep?: (ms: number) => Promise<unknown>,
): Promise<AlertState> {
  const key = alertStateKey(modelName);
  let changed = EMPTY_STATE;
  const changeBytes = (bytes: Uint8Array | undefined) => {
    const state = stateOf(bytes, key, store.url);
    changed = change(state);
    return changed === state ? undefined : Buffer.from(`${JSON.stringify(changed)}\n`);
  };
  await updateObject(store, key, changeBytes, sleep);
  return changed;
}

function stateOf(bytes: Uint8Array | undefined, key: string, url: string): AlertState {
  if (bytes === undefined) return EMPTY_STATE;
  const parsed = stateSchema.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DriftMonitorError(
    `${key} in ${url} is no state of alerts that this program reads (${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}); ` +
      'use the program that wrote it, or delete it: what still holds is then told anew, and the end of what was told is not',
  );
}
