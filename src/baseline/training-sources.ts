import { glob, stat } from 'node:fs/promises';
import { basename, dirname, matchesGlob, resolve } from 'node:path';
import { DriftMonitorError } from '../errors.ts';
import { type ModelId, trainingDataPrefix } from '../storage/layout.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import type { TrainingSource } from './training-files.ts';

const TRAINING_FILE = /\.(parquet|parq|pq|csv|csv\.gz)$/i;
const WILDCARD = /[*?[{]/;

/** Opens a directory of this machine as a storage. */
export type OpenDirectory = (path: string) => Promise<ObjectStore>;

/**
 * The training files that a person means: for each name a path, a directory or a glob of this machine, else a key or a glob
 * of keys in the storage; without names what lies under `training-data/<model>/<version>/`. Sorted by name.
 * Throws `DriftMonitorError` where a name means nothing.
 */
export async function findTrainingData(
  names: readonly string[],
  model: ModelId,
  store: ObjectStore,
  cwd: string,
  openDirectory: OpenDirectory,
): Promise<TrainingSource[]> {
  if (names.length === 0) return defaultSources(model, store);
  const sources: TrainingSource[] = [];
  for (const name of names) {
    const local = await localSources(name, cwd, openDirectory);
    const found = local.length > 0 ? local : await storedSources(name, store);
    if (found.length === 0) {
      throw new DriftMonitorError(
        `there is no training data ${name}, neither as a file here nor as a key in ${store.url}`,
      );
    }
    sources.push(...found);
  }
  return sources;
}

async function defaultSources(model: ModelId, store: ObjectStore): Promise<TrainingSource[]> {
  const prefix = trainingDataPrefix(model);
  const sources = await stored(store, prefix, (key) => isTrainingFile(key.slice(prefix.length)));
  if (sources.length > 0) return sources;
  throw new DriftMonitorError(
    `there is no training data under ${prefix} in ${store.url}; put Parquet or CSV files there, or name them with --training-data`,
  );
}

function isTrainingFile(path: string): boolean {
  return (
    TRAINING_FILE.test(path) && !path.split('/').some((segment) => segment.startsWith('_') || segment.startsWith('.'))
  );
}

async function localSources(name: string, cwd: string, openDirectory: OpenDirectory): Promise<TrainingSource[]> {
  const path = resolve(cwd, name);
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return localFiles([path], openDirectory);
  if (found?.isDirectory()) {
    const store = await openDirectory(path);
    return (await stored(store, '', isTrainingFile)).map((source) => ({ ...source, name: `${name}/${source.name}` }));
  }
  if (!WILDCARD.test(name)) return [];
  const matches: string[] = [];
  for await (const match of glob(name, { cwd })) matches.push(resolve(cwd, match));
  const files = await Promise.all(matches.sort().map(async (match) => ((await stat(match)).isFile() ? [match] : [])));
  return localFiles(files.flat(), openDirectory);
}

async function localFiles(paths: readonly string[], openDirectory: OpenDirectory): Promise<TrainingSource[]> {
  const sources: TrainingSource[] = [];
  for (const path of paths) {
    const store = await openDirectory(dirname(path));
    const key = basename(path);
    const { size } = await stat(path);
    const etag = await etagOf(store, key);
    sources.push({ name: path, store, object: { key, size, etag } });
  }
  return sources;
}

async function etagOf(store: ObjectStore, key: string): Promise<string> {
  for await (const object of store.list(key)) if (object.key === key) return object.etag;
  throw new DriftMonitorError(`${key} vanished from ${store.url} while it was looked up`);
}

async function storedSources(name: string, store: ObjectStore): Promise<TrainingSource[]> {
  if (!WILDCARD.test(name)) {
    const folder = `${name}/`;
    return stored(
      store,
      name,
      (key) => key === name || (key.startsWith(folder) && isTrainingFile(key.slice(folder.length))),
    );
  }
  const prefix = name.slice(0, name.search(WILDCARD));
  return stored(store, prefix, (key) => matchesGlob(key, name));
}

async function stored(
  store: ObjectStore,
  prefix: string,
  isWanted: (key: string) => boolean,
): Promise<TrainingSource[]> {
  const sources: TrainingSource[] = [];
  for await (const object of store.list(prefix)) {
    if (isWanted(object.key)) sources.push(sourceOf(store, object));
  }
  return sources;
}

function sourceOf(store: ObjectStore, object: ObjectInfo): TrainingSource {
  return { name: object.key, store, object };
}
