import { printableJson } from '../printable.ts';
import { ObjectNotFoundError, type ObjectStore, type StoredObject } from './object-store.ts';

/** A document as it is stored: data from logs in it can be shown in a terminal as it lies there. */
export function encodeJson(document: unknown): Uint8Array {
  return Buffer.from(`${printableJson(JSON.stringify(document))}\n`);
}

/** Undefined for what is no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

export async function getIfThere(store: ObjectStore, key: string): Promise<StoredObject | undefined> {
  try {
    return await store.get(key);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}
