import { DriftMonitorError } from '../errors.ts';
import { getIfThere } from '../storage/json-document.ts';
import { BASELINES_PREFIX, baselineKey, type ModelId, modelOfBaselineKey } from '../storage/layout.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Baseline, decodeBaseline } from './baseline.ts';
import { BASELINE_FORMAT, baselineSchema, OLDER_FORMATS, type StoredBaseline } from './schema.ts';

/** Writes a baseline, over an earlier one of the model version. Returns its key. */
export async function saveBaseline(store: ObjectStore, stored: StoredBaseline): Promise<string> {
  const key = baselineKey(stored.model);
  await store.put(key, Buffer.from(`${JSON.stringify(stored)}\n`));
  return key;
}

/** Throws `DriftMonitorError` with the command that makes a baseline, where there is none that this program reads. */
export async function loadBaseline(store: ObjectStore, model: ModelId): Promise<Baseline> {
  const stored = await loadStoredBaseline(store, model);
  try {
    return decodeBaseline(stored);
  } catch (error) {
    throw damaged(model, error instanceof Error ? error.message : String(error));
  }
}

export async function loadStoredBaseline(store: ObjectStore, model: ModelId): Promise<StoredBaseline> {
  const key = baselineKey(model);
  const remedy = remedyFor(model);
  const bytes = await readBytes(store, key, remedy);
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new DriftMonitorError(`the baseline ${key} is no JSON; ${remedy}`);
  }
  const format = formatOf(document);
  if (format !== BASELINE_FORMAT && !isOlder(format)) {
    const age = typeof format === 'number' && format > BASELINE_FORMAT ? 'a newer' : 'another';
    throw new DriftMonitorError(
      `the baseline ${key} has ${age} format (${JSON.stringify(format) ?? 'none'}) than this program reads (${BASELINE_FORMAT}); ${remedy}`,
    );
  }
  if (isOlder(format) && hasEmbedding(document)) {
    throw new DriftMonitorError(
      `the baseline ${key} was made by an older program, which watched embeddings by their centroid only; it has to be made again: ${remedy}`,
    );
  }
  const parsed = baselineSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(model, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`);
}

function isOlder(format: unknown): boolean {
  return OLDER_FORMATS.some((older) => older === format);
}

function hasEmbedding(document: unknown): boolean {
  const columns = typeof document === 'object' && document !== null && 'columns' in document ? document.columns : [];
  return Array.isArray(columns) && columns.some((column) => column?.type === 'embedding');
}

function damaged(model: ModelId, cause: string): DriftMonitorError {
  return new DriftMonitorError(`the baseline ${baselineKey(model)} is damaged (${cause}); ${remedyFor(model)}`);
}

function remedyFor({ name, version }: ModelId): string {
  return `make one with: drift-monitor baseline generate --model-name ${name} --model-version ${version}`;
}

async function readBytes(store: ObjectStore, key: string, remedy: string): Promise<Uint8Array> {
  const stored = await getIfThere(store, key);
  if (stored === undefined) throw new DriftMonitorError(`there is no baseline ${key} in ${store.url}; ${remedy}`);
  return stored.bytes;
}

function formatOf(document: unknown): unknown {
  return typeof document === 'object' && document !== null && 'format' in document ? document.format : undefined;
}

/** The models that have a baseline, by name and version. */
export async function listBaselines(store: ObjectStore): Promise<ModelId[]> {
  const models: ModelId[] = [];
  for await (const { key } of store.list(BASELINES_PREFIX)) {
    const model = modelOfBaselineKey(key);
    if (model !== undefined) models.push(model);
  }
  return models;
}

/** The id of each baseline, by `<name>/<version>`; undefined where it cannot be read. */
export async function currentBaselineIds(store: ObjectStore): Promise<ReadonlyMap<string, string | undefined>> {
  const ids = new Map<string, string | undefined>();
  for (const model of await listBaselines(store)) {
    const stored = await loadStoredBaseline(store, model).catch(() => undefined);
    ids.set(`${model.name}/${model.version}`, stored?.id);
  }
  return ids;
}
