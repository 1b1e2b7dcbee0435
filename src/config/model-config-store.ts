import { DriftMonitorError } from '../errors.ts';
import { encodeJson, getIfThere, parseJson } from '../storage/json-document.ts';
import { modelConfigKey, pastModelConfigKey, pastModelConfigsPrefix } from '../storage/layout.ts';
import { type ObjectStore, StorageNotFoundError } from '../storage/object-store.ts';
import { updateObject } from '../storage/update-object.ts';
import { MODEL_CONFIG_FORMAT, type ModelConfig, modelConfigSchema } from './model-config.ts';

/** The configuration of a model that is in force, or an earlier version; undefined where there is none. */
export async function loadModelConfig(
  store: ObjectStore,
  modelName: string,
  version?: number,
): Promise<ModelConfig | undefined> {
  const config = await read(store, modelConfigKey(modelName));
  if (version === undefined || config?.version === version) return config;
  return await read(store, pastModelConfigKey(modelName, version));
}

/** What becomes of a configuration, which may be one that this program cannot read. What it throws changes nothing. */
export type ChangeConfig = (before: ModelConfig | undefined | 'damaged') => Omit<ModelConfig, 'format' | 'version'>;

/**
 * Changes a configuration, whoever else does so at the same time. Each is kept under its version as well.
 * Versions go on where they were, also after a configuration was deleted.
 */
export async function changeModelConfig(
  store: ObjectStore,
  modelName: string,
  change: ChangeConfig,
): Promise<ModelConfig | undefined> {
  const key = modelConfigKey(modelName);
  let config: ModelConfig | undefined;
  await updateObject(store, key, async (bytes) => {
    const before = bytes && (parsed(bytes) ?? 'damaged');
    const isRead = before !== undefined && before !== 'damaged';
    const version = Math.max(isRead ? before.version : 0, await lastVersion(store, modelName)) + 1;
    config = { format: MODEL_CONFIG_FORMAT, version, ...change(before) };
    // Where its own copy was not written any more.
    if (isRead) await store.put(pastModelConfigKey(modelName, before.version), encodeJson(before));
    return encodeJson(config);
  });
  if (config !== undefined) await store.put(pastModelConfigKey(modelName, config.version), encodeJson(config));
  return config;
}

/** Of those that are kept, 0 where there are none. */
async function lastVersion(store: ObjectStore, modelName: string): Promise<number> {
  let last = 0;
  try {
    for await (const { key } of store.list(pastModelConfigsPrefix(modelName))) {
      last = Math.max(last, Number(/\/(\d+)\.json$/.exec(key)?.[1] ?? 0));
    }
  } catch (error) {
    if (!(error instanceof StorageNotFoundError)) throw error;
  }
  return last;
}

function parsed(bytes: Uint8Array): ModelConfig | undefined {
  const document = parseJson(bytes);
  // Not what the schema makes of it: defaults are the configuration file's.
  return modelConfigSchema.safeParse(document).success ? (document as ModelConfig) : undefined;
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
