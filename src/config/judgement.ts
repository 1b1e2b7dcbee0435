import { UsageError } from '../errors.ts';
import type { ModelId } from '../storage/layout.ts';
import type { Judgement, Settings } from './settings.ts';

/** A model to work on, with the settings that decide its verdicts. */
export interface ConfiguredModel {
  readonly model: ModelId;
  readonly judgement: Judgement;
}

/**
 * The models that a command is about: the one named by `modelName` and `modelVersion`, else every entry of `models`.
 * Throws `UsageError` where that names none.
 */
export function configuredModels(settings: Settings): ConfiguredModel[] {
  if (settings.modelName === undefined) {
    if (settings.models.length > 0) return settings.models.map(({ name, version }) => configure(settings, { name, version }));
    throw new UsageError([
      'no model named: give --model-name and --model-version, or DRIFT_MODEL_NAME and DRIFT_MODEL_VERSION, or models in the configuration file',
    ]);
  }
  const name = settings.modelName;
  const entries = settings.models.filter((entry) => entry.name === name);
  const version = settings.modelVersion ?? (entries.length === 1 ? entries[0]?.version : undefined);
  if (version === undefined) {
    throw new UsageError([`no version of model ${name} named: give --model-version or DRIFT_MODEL_VERSION`]);
  }
  return [configure(settings, { name, version })];
}

/** The one model that a command is about; throws `UsageError` where the configuration names several. */
export function configuredModel(settings: Settings): ConfiguredModel {
  const [first, ...others] = configuredModels(settings);
  if (first === undefined || others.length > 0) {
    throw new UsageError(['several models are configured: say which with --model-name and --model-version']);
  }
  return first;
}

function configure(settings: Settings, model: ModelId): ConfiguredModel {
  const entry = settings.models.find((candidate) => candidate.name === model.name && candidate.version === model.version);
  return {
    model,
    judgement: {
      analysisWindowHours: entry?.analysisWindowHours ?? settings.analysisWindowHours,
      minSamples: entry?.minSamples ?? settings.minSamples,
      psiThreshold: entry?.psiThreshold ?? settings.psiThreshold,
      ksThreshold: entry?.ksThreshold ?? settings.ksThreshold,
      scoreCriticalThreshold: entry?.scoreCriticalThreshold ?? settings.scoreCriticalThreshold,
      falseAlarmRate: entry?.falseAlarmRate ?? settings.falseAlarmRate,
      policy: entry?.policy ?? settings.policy,
      columns: { ...settings.columns, ...entry?.columns },
    },
  };
}
