import type { AlertRecord, AlertState } from '../alerting/state.ts';
import type { Settings } from '../config/settings.ts';
import { DriftMonitorError, UsageError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Names of the models that a command about alerts is about: alerts belong to a name, whatever the version. */
export function modelNames({ modelName, models }: Settings): string[] {
  const names = modelName === undefined ? [...new Set(models.map(({ name }) => name))] : [modelName];
  if (names.length > 0) return names;
  throw new UsageError(['no model named: give --model-name, or models in the configuration file']);
}

export function oneModelName(settings: Settings): string {
  const [first = '', ...others] = modelNames(settings);
  if (others.length > 0) throw new UsageError(['several models are configured: say which with --model-name']);
  return first;
}

/** Throws where no run has ever judged the model: it may be misspelt. */
export function requireRuns({ versions }: AlertState, modelName: string, store: ObjectStore): void {
  if (versions.length > 0) return;
  throw new DriftMonitorError(
    `no hourly run has judged ${modelName} in ${store.url}: check --model-name and --storage-url`,
  );
}

/** The alert whose id begins so. */
export function alertOf({ alerts }: AlertState, modelName: string, id: string): AlertRecord {
  const [found, ...others] = alerts.filter((record) => id !== '' && record.id.startsWith(id));
  if (found === undefined) {
    throw new DriftMonitorError(
      `${modelName} has no alert ${id}; see which there are with: drift-monitor alerts list --model-name ${modelName} --all`,
    );
  }
  if (others.length > 0) throw new UsageError([`several alerts of ${modelName} begin with ${id}: give more digits`]);
  return found;
}
