import { z } from 'zod';
import { DEFAULT_LOG_TEMPLATE, templateProblem } from '../storage/layout.ts';
import { parseStorageUrl } from '../storage/storage-url.ts';
import { alertSettings } from './alert-settings.ts';
import { metricsSettings } from './metrics-settings.ts';
import { retrainingSettings } from './retraining-settings.ts';
import { serveSettings } from './serve-settings.ts';
import { integer, modelId, number, oneOf, type SettingMeta, setting, text } from './setting.ts';

const STORAGE_URL_ALLOWED =
  'file:PATH, https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or http://127.0.0.1:PORT/ACCOUNT/CONTAINER[/PREFIX]';

function storageUrl(meta: Omit<SettingMeta, 'allowed'>) {
  const schema = z.string().superRefine((url, context) => {
    try {
      parseStorageUrl(url);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no storage URL' });
    }
  });
  return setting(schema, { ...meta, allowed: STORAGE_URL_ALLOWED });
}

function columnName(env: string, name: string, what: string) {
  return text({ env, description: `Column of the log that holds ${what}` }).default(name);
}

export const COLUMN_TYPES = ['numeric', 'categorical', 'embedding', 'ignore'] as const;

const psiThreshold = number(0.001, 100, {
  env: 'DRIFT_PSI_THRESHOLD',
  description: 'Population stability index from which a shift counts as drift',
});
const ksThreshold = number(0.001, 1, {
  env: 'DRIFT_KS_THRESHOLD',
  description: 'Kolmogorov-Smirnov distance (for categories the largest change of one share) that counts as drift',
});

const columnSettings = z
  .strictObject({
    type: oneOf(COLUMN_TYPES, {
      description: 'What the column is taken for, whatever its type in the files',
    }).optional(),
    psiThreshold: psiThreshold.optional(),
    ksThreshold: ksThreshold.optional(),
  })
  .meta({ allowed: 'a mapping with type, psiThreshold and ksThreshold' });
export type ColumnSettings = z.infer<typeof columnSettings>;

const columns = setting(z.record(z.string(), columnSettings), {
  allowed: 'a mapping of column names to {type, psiThreshold, ksThreshold}',
  description: 'Overrides for single columns',
});

const weight = setting(z.number().gt(0).max(1), {
  allowed: 'a number above 0 and at most 1',
  description: 'Weight of a column in the drift score',
});

const importance = setting(z.record(z.string(), weight), {
  allowed: 'a mapping of column names to numbers above 0 and at most 1',
  description: 'Weights of single columns (features, outputs, embeddings) in the drift score; 1 for the others',
});

/** What decides a verdict; a model in `models` may override each. */
const judgement = {
  analysisWindowHours: integer(1, 8784, {
    env: 'DRIFT_ANALYSIS_WINDOW_HOURS',
    flag: '--window-hours',
    unit: 'hours',
    description: 'Hour partitions that one report looks at',
  }).default(24),
  minSamples: integer(1, 1_000_000_000, {
    env: 'DRIFT_MIN_SAMPLES',
    unit: 'rows',
    description: 'Rows below which a window is not judged',
  }).default(100),
  psiThreshold: psiThreshold.default(0.2),
  ksThreshold: ksThreshold.default(0.2),
  scoreCriticalThreshold: number(0.001, 1, {
    env: 'DRIFT_SCORE_CRITICAL_THRESHOLD',
    description: 'Drift score from which the report carries a CRITICAL alert',
  }).default(0.5),
  falseAlarmRate: number(0.000001, 0.5, {
    env: 'DRIFT_FALSE_ALARM_RATE',
    description: 'Share of reports without drift that may raise anything',
  }).default(0.01),
  policy: oneOf(['calibrated', 'thresholds'], {
    env: 'DRIFT_POLICY',
    description: 'calibrated: evidence and effect; thresholds: the textbook rule (PSI > threshold, or KS p < 0.05)',
  }).default('calibrated'),
  columns: columns.default({}),
  importance: importance.default({}),
};

/** What an entry of `models`, or a model's configuration in storage, may say of a verdict. */
export const judgementOverrides = {
  analysisWindowHours: judgement.analysisWindowHours.unwrap().optional(),
  minSamples: judgement.minSamples.unwrap().optional(),
  psiThreshold: psiThreshold.optional(),
  ksThreshold: ksThreshold.optional(),
  scoreCriticalThreshold: judgement.scoreCriticalThreshold.unwrap().optional(),
  falseAlarmRate: judgement.falseAlarmRate.unwrap().optional(),
  policy: judgement.policy.unwrap().optional(),
  columns: columns.optional(),
  importance: importance.optional(),
};

const modelEntry = z.strictObject({
  name: modelId({ description: 'Model name' }),
  version: modelId({ description: 'Model version' }),
  ...judgementOverrides,
});

/** Every setting: name (as in the YAML file), what it means, unit, bound and default. */
export const settingsSchema = z.strictObject({
  storageUrl: storageUrl({
    env: 'DRIFT_STORAGE_URL',
    flag: '--storage-url',
    description: 'Where baselines, reports and alerts live, and the logs unless logsUrl says otherwise',
  }).default('file:./drift-data'),
  logsUrl: storageUrl({
    env: 'DRIFT_LOGS_URL',
    flag: '--logs-url',
    description: 'Where the inference logs are read, if not in storageUrl; read access is enough',
  }).optional(),
  logPathTemplate: setting(
    z.string().refine((value) => templateProblem(value) === undefined),
    {
      env: 'DRIFT_LOG_PATH_TEMPLATE',
      allowed: 'a relative path with <year>, <month>, <day> and <hour>, and <model> and <version> where wanted',
      description: 'Path of one hour of logs below the logs URL',
    },
  ).default(DEFAULT_LOG_TEMPLATE),
  modelName: modelId({ env: 'DRIFT_MODEL_NAME', flag: '--model-name', description: 'Model to work on' }).optional(),
  modelVersion: modelId({
    env: 'DRIFT_MODEL_VERSION',
    flag: '--model-version',
    description: 'Version of the model to work on',
  }).optional(),
  models: setting(z.array(modelEntry), {
    allowed: 'a list of {name, version} with overrides of the settings that decide a verdict',
    description: 'Models that detect judges when none is named',
  }).default([]),
  ...judgement,
  alerts: alertSettings,
  retraining: retrainingSettings,
  metrics: metricsSettings,
  timestampColumn: columnName('DRIFT_TIMESTAMP_COLUMN', 'timestamp', 'when the prediction was made'),
  requestIdColumn: columnName('DRIFT_REQUEST_ID_COLUMN', 'request_id', 'the id of the request'),
  modelNameColumn: columnName('DRIFT_MODEL_NAME_COLUMN', 'model_name', 'the model name'),
  modelVersionColumn: columnName('DRIFT_MODEL_VERSION_COLUMN', 'model_version', 'the model version'),
  featuresColumn: columnName('DRIFT_FEATURES_COLUMN', 'features', 'a struct or map of features, where there is one'),
  predictionColumn: columnName('DRIFT_PREDICTION_COLUMN', 'prediction', 'the prediction'),
  confidenceColumn: columnName('DRIFT_CONFIDENCE_COLUMN', 'confidence', 'the confidence of the prediction'),
  latencyColumn: columnName('DRIFT_LATENCY_COLUMN', 'latency_ms', 'the latency in milliseconds'),
  statusColumn: columnName('DRIFT_STATUS_COLUMN', 'status', 'the status of the request'),
  labelColumn: columnName('DRIFT_LABEL_COLUMN', 'label', 'the true label, once known'),
  rowNameColumn: text({
    env: 'DRIFT_ROW_NAME_COLUMN',
    description:
      'Column of the log, an id or a text, that names rows in the examples of embeddings; its beginning is stored',
  }).optional(),
  memoryLimitMib: integer(64, 1_048_576, {
    env: 'DRIFT_MEMORY_LIMIT_MIB',
    unit: 'MiB',
    description: 'Memory that decoding Parquet may take before it spills to the temporary directory',
  }).default(256),
  tempDirectory: text({
    env: 'DRIFT_TEMP_DIRECTORY',
    description: 'Directory for scratch files; by default the one of the system',
  }).optional(),
  scaleMode: oneOf(['local', 'auto', 'job'], {
    env: 'DRIFT_SCALE_MODE',
    description:
      'Who reads the logs. local: this process; auto: pods of an Indexed Job where there is more than scaleShardMib to read; job: always such pods',
  }).default('local'),
  scaleShardMib: integer(1, 1_048_576, {
    env: 'DRIFT_SCALE_SHARD_MIB',
    unit: 'MiB',
    description: 'New logs that one pod should read',
  }).default(1024),
  scaleParallelism: integer(1, 1000, {
    env: 'DRIFT_SCALE_PARALLELISM',
    unit: 'pods',
    description: 'Pods that read at the same time',
  }).default(8),
  ...serveSettings,
  logLevel: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    env: 'DRIFT_LOG_LEVEL',
    flag: '--log-level',
    description: 'Least severe message that is logged to stderr',
  }).default('info'),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** The settings that decide a verdict. */
export type Judgement = Pick<Settings, keyof typeof judgement>;

export function settingMeta(name: SettingName): SettingMeta {
  return metaOf(settingsSchema.shape[name]) ?? { allowed: 'a valid value', description: '' };
}

/** What a value inside a setting must be; `path` as in `['models', 0, 'psiThreshold']`. */
export function allowedAt(path: readonly PropertyKey[]): string | undefined {
  return metaOf(schemaAt(path))?.allowed;
}

/** The names that a mapping inside the settings may have, where they are fixed. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  const schema = unwrap(schemaAt(path));
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function schemaAt(path: readonly PropertyKey[]): unknown {
  let schema: unknown = settingsSchema;
  for (const key of path) {
    const container = unwrap(schema);
    if (container instanceof z.ZodObject) schema = container.shape[String(key)];
    else if (container instanceof z.ZodArray) schema = container.element;
    else if (container instanceof z.ZodRecord) schema = container.valueType;
    else if (container instanceof z.ZodDiscriminatedUnion) schema = memberOf(container.options, String(key));
    else return undefined;
  }
  return schema;
}

/** What a name is in the first of several kinds of mapping that know it; they agree on the names that they share. */
function memberOf(options: readonly unknown[], key: string): unknown {
  const known = options.find((option) => option instanceof z.ZodObject && key in option.shape);
  return known instanceof z.ZodObject ? known.shape[key] : undefined;
}

/** `default()` and `optional()` wrap the schema that carries the words. */
function metaOf(schema: unknown): SettingMeta | undefined {
  const own = schema instanceof z.ZodType ? schema.meta() : undefined;
  if (typeof own?.allowed === 'string') return own as unknown as SettingMeta;
  const inner = unwrapOnce(schema);
  return inner === schema ? undefined : metaOf(inner);
}

function unwrap(schema: unknown): unknown {
  const inner = unwrapOnce(schema);
  return inner === schema ? schema : unwrap(inner);
}

function unwrapOnce(schema: unknown): unknown {
  const isWrapped =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable;
  return isWrapped ? schema.unwrap() : schema;
}

/** In the order in which `config show` prints them. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as SettingName[];
