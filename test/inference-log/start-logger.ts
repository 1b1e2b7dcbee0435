import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach } from 'vitest';
import {
  createInferenceLogger,
  type InferenceLogger,
  type InferenceLoggerOptions,
} from '../../src/inference-log/logger.ts';
import { type ManualEffects, manualEffects } from './manual-effects.ts';
import { MemoryStore } from './memory-store.ts';
import { type ReadTable, readParquet } from './read-parquet.ts';

export const NOON = Date.UTC(2025, 11, 24, 12);
const open = new Set<InferenceLogger>();

afterEach(async () => {
  await Promise.all([...open].map((logger) => logger.close()));
  open.clear();
});

/** A logger into a `MemoryStore`, closed after the test. */
export function start(options: Partial<InferenceLoggerOptions> = {}, effects: ManualEffects = manualEffects(NOON)) {
  const store = new MemoryStore();
  const warnings: string[] = [];
  const logger = createInferenceLogger(
    {
      ...(options.storageUrl === undefined && { store }),
      modelName: 'spam-detector',
      modelVersion: 'v1',
      logger: { warn: (_, message) => warnings.push(message) },
      ...options,
    },
    effects,
  );
  open.add(logger);
  return { logger, store, effects, warnings };
}

export async function tables(store: MemoryStore): Promise<ReadTable[]> {
  return await Promise.all([...store.objects.values()].map((bytes) => readParquet(bytes)));
}

export async function onlyTable(logger: InferenceLogger, store: MemoryStore): Promise<ReadTable> {
  await logger.flush();
  const [table, ...others] = await tables(store);
  if (table === undefined || others.length > 0) throw new Error(`${store.objects.size} objects instead of one`);
  return table;
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}
