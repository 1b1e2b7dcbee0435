import { DriftMonitorError } from '../errors.ts';
import { encodeJson, getIfThere, parseJson } from '../storage/json-document.ts';
import { modelConfigKey, pastModelConfigKey } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { MODEL_CONFIG_FORMAT, type ModelConfig, modelConfigSchema } from './model-config.ts';

/** The configuration of a model that is in force, or an earlier version; undefined where there is none. */
export async function loadModelConfig(
  store: ObjectStore,
  modelName: string,
  version?: number,
): Promise<ModelConfig | undefined> {
  const config = await read(store, modelConfigKey(modelName));
  if (version === undefined || config === undefined || config.version === version) return config;
  return await read(store, pastModelConfigKey(modelName, version));
}

/** What becomes of a configuration. What it throws changes nothing. */
export type ChangeConfig = (before: ModelConfig | undefined) => Omit<ModelConfig, 'format' | 'version'>;

/** Changes a configuration, whoever else does so at the same time. What was in force is kept under its version first. */
export async function changeModelConfig(
  store: ObjectStore,
  modelName: string,
  change: ChangeConfig,
): Promise<ModelConfig | undefined> {
  const key = modelConfigKey(modelName);
  let config: ModelConfig | undefined;
  await updateObject(store, key, async (bytes) => {
    const before = bytes && decode(bytes, key, store);
    config = { format: MODEL_CONFIG_FORMAT, version: (before?.version ?? 0) + 1, ...change(before) };
    if (before !== undefined) await store.put(pastModelConfigKey(modelName, before.version), encodeJson(before));
    return encodeJson(config);
  });
  return config;
}

async function read(store: ObjectStore, key: string): Promise<ModelConfig | undefined> {
  const stored = await getIfThere(store, key);
  return stored && decode(stored.bytes, key, store);
}

function decode(bytes: Uint8Array, key: string, { url }: ObjectStore): ModelConfig {
  const document = parseJson(bytes);
  const parsed = modelConfigSchema.safeParse(document);
  // Not what the schema makes of it: defaults are the configuration file's.
  if (parsed.success) return document as ModelConfig;
  const [issue] = parsed.error.issues;
  throw new DriftMonitorError(
    `${key} in ${url} is no configuration that this program reads (${issue?.path.join('.')}: ${issue?.message}); ` +
      'write it anew, or delete it: the configuration file then holds',
  );
}
