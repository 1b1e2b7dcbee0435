import { UsageError } from '../errors.ts';
import type { ModelId } from '../storage/layout.ts';
import type { AlertSettings } from './alert-settings.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Configuration } from './load.ts';
import { type Judgement, judgementOverrides } from './settings.ts';

/** A model to work on, with the settings that decide its verdicts. */
export interface ConfiguredModel {
  readonly model: ModelId;
  readonly judgement: Judgement;
  /** When its alerts open, and who is told. */
  readonly alerts: AlertSettings;
  /** Decided by flags or environment, which win over the model's configuration in storage. */
  readonly fixed?: readonly (keyof Judgement)[];
}

/**
 * The models that a command is about: the one named by `modelName` and `modelVersion`, else every entry of `models` (of
 * that version, where only a version is given). Throws `UsageError` where that names none.
 */
export function configuredModels({ settings, origins }: Configuration): ConfiguredModel[] {
  if (settings.modelName === undefined) {
    const listed = settings.models.filter(({ version }) => (settings.modelVersion ?? version) === version);
    if (listed.length > 0) {
      return listed.map(({ name, version }) => configure({ settings, origins }, { name, version }));
    }
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
  return [configure({ settings, origins }, { name, version })];
}

/** The one model that a command is about; throws `UsageError` where the configuration names several. */
export function configuredModel(configuration: Configuration): ConfiguredModel {
  const [first, ...others] = configuredModels(configuration);
  if (first === undefined || others.length > 0) {
    throw new UsageError(['several models are configured: say which with --model-name and --model-version']);
  }
  return first;
}

const JUDGEMENT_NAMES = Object.keys(judgementOverrides) as (keyof Judgement)[];

/** Flags and environment win over a model's entry in the file, which wins over the file's settings for all models. */
function configure({ settings, origins }: Configuration, model: ModelId): ConfiguredModel {
  const entry = settings.models.find(
    (candidate) => candidate.name === model.name && candidate.version === model.version,
  );
  const fixed = JUDGEMENT_NAMES.filter((name) => /^(flag|environment)/.test(origins.get(name) ?? ''));
  const pick = <T>(name: keyof Judgement, own: T | undefined, general: T): T =>
    fixed.includes(name) || own === undefined ? general : own;
  return {
    model,
    alerts: settings.alerts,
    fixed,
    judgement: {
      analysisWindowHours: pick('analysisWindowHours', entry?.analysisWindowHours, settings.analysisWindowHours),
      minSamples: pick('minSamples', entry?.minSamples, settings.minSamples),
      psiThreshold: pick('psiThreshold', entry?.psiThreshold, settings.psiThreshold),
      ksThreshold: pick('ksThreshold', entry?.ksThreshold, settings.ksThreshold),
      scoreCriticalThreshold: pick(
        'scoreCriticalThreshold',
        entry?.scoreCriticalThreshold,
        settings.scoreCriticalThreshold,
      ),
      falseAlarmRate: pick('falseAlarmRate', entry?.falseAlarmRate, settings.falseAlarmRate),
      policy: pick('policy', entry?.policy, settings.policy),
      columns: { ...settings.columns, ...entry?.columns },
      importance: { ...settings.importance, ...entry?.importance },
    },
  };
}

/** What the settings say of columns that are none of the signals: most likely a misspelling. */
export function unknownColumns(
  { columns, importance }: Judgement,
  signals: readonly string[],
  importantFeatures: readonly string[],
): string[] {
  // What is ignored is no signal, and rightly so.
  const overridden = Object.keys(columns).filter((name) => columns[name]?.type !== 'ignore');
  const problems = (setting: string, names: readonly string[]) =>
    names
      .filter((name) => !signals.includes(name))
      .map((name) => `${setting}.${name}: no feature, output or embedding has that name${didYouMean(name, signals)}`);
  return [
    ...problems('columns', overridden),
    ...problems('importance', Object.keys(importance)),
    ...problems('alerts.importantFeatures', importantFeatures),
  ];
}
