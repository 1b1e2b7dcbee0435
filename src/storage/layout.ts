/**
 * Every key name below a storage URL. Names and versions of models are safe path segments (see `MODEL_ID`), so keys need
 * no escaping.
 */
import { type Hour, hourParts } from './hour.ts';

export interface ModelId {
  readonly name: string;
  readonly version: string;
}

/** What a model's name and version may be made of: one path segment, in any storage, without escaping. */
export const MODEL_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** What `MODEL_ID` asks for, completing "must be …". */
export const MODEL_ID_IN_WORDS = 'letters, digits, . _ and -, at most 128, the first a letter or digit';

/** `<model>` and `<version>` may occur as well. */
export const DEFAULT_LOG_TEMPLATE = 'inference-logs/year=<year>/month=<month>/day=<day>/hour=<hour>';

export const TEMPLATE_PLACEHOLDER = /<([a-z]+)>/g;
const KNOWN_PLACEHOLDERS = new Set(['year', 'month', 'day', 'hour', 'model', 'version']);

/** What is wrong with a template of log keys, or undefined. */
export function templateProblem(template: string): string | undefined {
  const found = [...template.matchAll(TEMPLATE_PLACEHOLDER)].map((match) => match[1] ?? '');
  const unknown = found.find((name) => !KNOWN_PLACEHOLDERS.has(name));
  if (unknown !== undefined)
    return `knows no <${unknown}>; it may name ${[...KNOWN_PLACEHOLDERS].map((n) => `<${n}>`).join(', ')}`;
  const missing = ['year', 'month', 'day', 'hour'].filter((name) => !found.includes(name));
  if (missing.length > 0) return `must name ${missing.map((n) => `<${n}>`).join(', ')}`;
  if (template.startsWith('/') || template.split('/').some((part) => part === '.' || part === '..'))
    return 'must be a relative path without . and ..';
  return undefined;
}

export const BASELINES_PREFIX = 'baselines/';
export const REPORTS_PREFIX = 'drift-reports/';

export function trainingDataPrefix(model: ModelId): string {
  return `training-data/${model.name}/${model.version}/`;
}

export function baselineKey(model: ModelId): string {
  return `${BASELINES_PREFIX}${model.name}/${model.version}/baseline.json`;
}

/** The model a baseline's key belongs to; undefined for any other key. */
export function modelOfBaselineKey(key: string): ModelId | undefined {
  const [, name, version] = /^baselines\/([^/]+)\/([^/]+)\/baseline\.json$/.exec(key) ?? [];
  return name !== undefined && version !== undefined ? { name, version } : undefined;
}

export function profilesPrefix(modelName: string | undefined): string {
  return modelName === undefined ? 'profiles/' : `profiles/${modelName}/`;
}

/** The profile of one hour of logs, counted by one baseline. */
export function hourProfileKey({ name, version }: ModelId, baselineId: string, hour: Hour): string {
  const { year, month, day, hour: hh } = hourParts(hour);
  return `${profilesPrefix(name)}${version}/${baselineId}/year=${year}/month=${month}/day=${day}/hour=${hh}.json.gz`;
}

const HOUR_PROFILE_KEY =
  /^profiles\/([^/]+)\/([^/]+)\/([0-9a-f]{16})\/year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/hour=(\d{2})\.json\.gz$/;

/** What an hour profile's key says; undefined for any other key. */
export function parseHourProfileKey(key: string): { model: ModelId; baselineId: string; hour: Hour } | undefined {
  const [, name, version, baselineId, year, month, day, hh] = HOUR_PROFILE_KEY.exec(key) ?? [];
  if (name === undefined || version === undefined || baselineId === undefined) return undefined;
  return { model: { name, version }, baselineId, hour: Date.parse(`${year}-${month}-${day}T${hh}:00:00Z`) };
}

/** `hour` is the last hour of the report's window. */
export function reportKey(model: ModelId, hour: Hour): string {
  const { year, month, day, hour: hh } = hourParts(hour);
  return `${reportsPrefix(model)}year=${year}/month=${month}/day=${day}/hour=${hh}/report.json`;
}

function reportsPrefix(model: ModelId): string {
  return `${REPORTS_PREFIX}${model.name}/${model.version}/`;
}

export function reportsPrefixOfName(modelName: string): string {
  return `${REPORTS_PREFIX}${modelName}/`;
}

const REPORT_KEY =
  /^drift-reports\/([^/]+)\/([^/]+)\/year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/hour=(\d{2})\/report\.json$/;

/** What a report's key says, `hour` being the last of its window; undefined for any other key. */
export function parseReportKey(key: string): { model: ModelId; hour: Hour } | undefined {
  const [, name, version, year, month, day, hh] = REPORT_KEY.exec(key) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return { model: { name, version }, hour: Date.parse(`${year}-${month}-${day}T${hh}:00:00Z`) };
}

export function latestReportKey(modelName: string): string {
  return `${REPORTS_PREFIX}${modelName}/latest.json`;
}

export function isLatestReportKey(key: string): boolean {
  return /^drift-reports\/[^/]+\/latest\.json$/.test(key);
}

/** What is configured for a model by the server, for all of its versions. */
export function modelConfigKey(modelName: string): string {
  return `models/${modelName}/config.json`;
}

/** What was configured, by version. */
export function pastModelConfigKey(modelName: string, version: number): string {
  return `${pastModelConfigsPrefix(modelName)}${String(version).padStart(6, '0')}.json`;
}

export function pastModelConfigsPrefix(modelName: string): string {
  return `models/${modelName}/config/`;
}

/** How all models stand, and the page that shows it. */
export const OVERVIEW_KEY = `${REPORTS_PREFIX}index.json`;
export const INDEX_PAGE_KEY = `${REPORTS_PREFIX}index.html`;

export function historyPrefix(modelName: string): string {
  return `${reportsPrefixOfName(modelName)}history/`;
}

/** What the runs whose windows end on the UTC day of `hour` have found, one line an hour and version. */
export function historyKey(modelName: string, hour: Hour): string {
  const { year, month, day } = hourParts(hour);
  return `${historyPrefix(modelName)}${year}-${month}-${day}.jsonl`;
}

/** Where lines that cannot be read are kept when the file of their day has no room for them. */
export function damagedHistoryKey(modelName: string, hour: Hour, digest: string): string {
  return historyKey(modelName, hour).replace(/\.jsonl$/, `.damaged-${digest}.txt`);
}

/** The start of a history key's day; undefined for any other key. */
export function dayOfHistoryKey(key: string): number | undefined {
  const [, day] = /^drift-reports\/[^/]+\/history\/(\d{4}-\d{2}-\d{2})\.jsonl$/.exec(key) ?? [];
  const start = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(start) ? undefined : start;
}

/** The page that lies beside a report, and that of the latest one. */
export function pageKey(reportKey: string): string {
  return reportKey.replace(/\.json$/, '.html');
}

export function alertKey(modelName: string, alertId: string): string {
  return `alerts/${modelName}/${alertId}.json`;
}

/** Plans of runs whose log files are shared among pods; all of `shards/` is gone once a run is done. */
export const SHARD_PLANS_PREFIX = 'shards/plans/';

export function shardPlanKey(runId: string): string {
  return `${SHARD_PLANS_PREFIX}${runId}.json.gz`;
}

/** The run of a plan's key; undefined for any other key. */
export function runOfShardPlanKey(key: string): string | undefined {
  return /^shards\/plans\/([0-9a-f]{16})\.json\.gz$/.exec(key)?.[1];
}

/** What some of a run's shards have to read. */
export function shardTasksKey(runId: string, page: number): string {
  return `${shardTasksPrefix(runId)}${fiveDigits(page)}.json.gz`;
}

export function shardTasksPrefix(runId: string): string {
  return `shards/tasks/${runId}/`;
}

/** What one shard has counted. */
export function shardPartKey(runId: string, index: number): string {
  return `${shardPartsPrefix(runId)}${fiveDigits(index)}.json.gz`;
}

export function shardPartsPrefix(runId: string): string {
  return `shards/parts/${runId}/`;
}

/** The shard of a part's key; undefined for any other key. */
export function indexOfShardPartKey(key: string): number | undefined {
  const [, index] = /^shards\/parts\/[0-9a-f]{16}\/(\d{5})\.json\.gz$/.exec(key) ?? [];
  return index === undefined ? undefined : Number(index);
}

function fiveDigits(number: number): string {
  return String(number).padStart(5, '0');
}

/** What runs have to know of earlier runs of any version of the model. */
export function alertStateKey(modelName: string): string {
  return `alerts/${modelName}/state.json`;
}
