import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';
import { redact } from './redact.ts';
import { REFERENCE } from './setting.ts';
import {
  allowedAt,
  keysAt,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  settingMeta,
  settingsSchema,
} from './settings.ts';

/** `environment DRIFT_…`, `flag --…` or `file PATH`. */
export type Origin = string;

export interface Configuration {
  readonly settings: Settings;
  /** Of the settings that are not the default. */
  readonly origins: ReadonlyMap<SettingName, Origin>;
}

export interface ConfigurationSources {
  /** Values of options by setting, as typed. */
  readonly flags: ReadonlyMap<SettingName, string>;
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly readFile?: (path: string) => string;
  /** Problems that the caller has already found on the command line; reported together with the others. */
  readonly problems?: readonly string[];
}

interface Given {
  readonly name: SettingName;
  readonly value: unknown;
  readonly origin: Origin;
  /** How and where the user wrote it, without secrets: `DRIFT_PSI_THRESHOLD=abc (environment)`. */
  readonly written: string;
}

/** Loaded where there is a file to read: most runs have none. */
function parseYaml(text: string): unknown {
  const yaml: typeof import('yaml') = createRequire(import.meta.url)('yaml');
  return yaml.parse(text);
}

const CONFIG_FILE_VARIABLE = 'DRIFT_CONFIG';
/** Who may ask `serve` for what: no setting, because nothing shows it. */
export const TOKENS_VARIABLE = 'DRIFT_SERVE_TOKENS';
/** Kubernetes injects `DRIFT_MONITOR_…` for a Service of that name, and the test lab sets `DRIFT_LAB_…`. */
const FOREIGN_VARIABLES = /^DRIFT_(MONITOR|LAB)_/;
/** What has no setting of ours may hold a secret all the same. */
const SECRET_NAME = /key|secret|token|passw|credential|connection|sas/i;

/**
 * Settings from defaults, the YAML file, the environment and flags, the later winning.
 * Throws one `UsageError` with every problem of all of them, overridden values included.
 */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const problems = [...(sources.problems ?? [])];
  const path = sources.configFile ?? sources.env[CONFIG_FILE_VARIABLE];
  const file = path === undefined ? undefined : readFile(path, sources.readFile ?? readUtf8);
  const given = [
    ...flagValues(sources.flags),
    ...environmentValues(sources.env, file?.references ?? new Set(), problems),
    ...(file === undefined ? [] : file.given),
  ];
  problems.push(...(file?.problems ?? []));

  const values: Partial<Record<SettingName, unknown>> = {};
  const origins = new Map<SettingName, Origin>();
  for (const one of given) {
    const { name, value, origin } = one;
    const result = settingsSchema.shape[name].safeParse(value);
    if (!result.success) problems.push(...result.error.issues.flatMap((issue) => problemsOf(one, issue)));
    if (origins.has(name)) continue;
    values[name] = value;
    origins.set(name, origin);
  }
  if (problems.length > 0) throw new UsageError(problems);
  const settings = settingsSchema.parse(values);
  const contradictions = [...sharedColumns(settings), ...repeatedModels(settings)];
  if (contradictions.length > 0) throw new UsageError(contradictions);
  return { settings, origins };
}

/** Two parts of the log record cannot be one column. */
function sharedColumns(settings: Settings): string[] {
  const names = SETTING_NAMES.filter((name) => name.endsWith('Column'));
  return names.flatMap((name, index) => {
    const other = names
      .slice(0, index)
      .find((before) => settings[before] === settings[name] && !mayNameRows(before, name));
    return other === undefined
      ? []
      : [`${other} and ${name} are both '${settings[name]}': each needs a column of its own`];
  });
}

/** The id of a request is a name for its row. */
function mayNameRows(...names: string[]): boolean {
  return names.includes('rowNameColumn') && names.includes('requestIdColumn');
}

function repeatedModels({ models }: Settings): string[] {
  const ids = models.map(({ name, version }) => `${name} ${version}`);
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) < index));
  return [...repeated].map((id) => `models: ${id} is listed more than once`);
}

function flagValues(flags: ConfigurationSources['flags']): Given[] {
  return [...flags].map(([name, raw]) => {
    const flag = settingMeta(name).flag ?? name;
    return { name, value: fromText(name, raw), origin: `flag ${flag}`, written: `${flag} ${redact(raw)}` };
  });
}

/** `references` are variables that the configuration file names by `${NAME}`: whatever they are called, they are no settings. */
function environmentValues(env: NodeJS.ProcessEnv, references: ReadonlySet<string>, problems: string[]): Given[] {
  const names = new Map(
    SETTING_NAMES.flatMap((name) => {
      const variable = settingMeta(name).env;
      return variable === undefined ? [] : [[variable, name] as const];
    }),
  );
  const given: Given[] = [];
  for (const [variable, raw = ''] of Object.entries(env)) {
    if (!variable.startsWith('DRIFT_') || FOREIGN_VARIABLES.test(variable)) continue;
    if (variable === CONFIG_FILE_VARIABLE || variable === TOKENS_VARIABLE) continue;
    const name = names.get(variable);
    if (name === undefined) {
      if (references.has(variable)) continue;
      // Nobody knows what is in it: it may be a password.
      problems.push(`${variable} (environment): no such setting${didYouMean(variable, [...names.keys()])}`);
    } else {
      given.push({
        name,
        value: fromText(name, raw),
        origin: `environment ${variable}`,
        written: `${variable}=${redact(raw)} (environment)`,
      });
    }
  }
  return given;
}

interface ReadFile {
  readonly given: readonly Given[];
  /** Names of variables, and `file:…`. */
  readonly references: ReadonlySet<string>;
  readonly problems: readonly string[];
}

function readFile(path: string, read: (path: string) => string): ReadFile {
  const nothing = (...problems: string[]) => ({ given: [], references: new Set<string>(), problems });
  let document: unknown;
  try {
    document = parseYaml(read(path));
  } catch (error) {
    return nothing(`configuration file ${path}: ${firstLine(error)}`);
  }
  if (document === null || document === undefined) return nothing();
  if (typeof document !== 'object' || Array.isArray(document)) {
    return nothing(`configuration file ${path}: must be a mapping of settings to values`);
  }
  const given: Given[] = [];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(document)) {
    const name = SETTING_NAMES.find((known) => known === key);
    const written = `${key}: ${inBrief(value)} (file ${path})`;
    if (name !== undefined) {
      given.push({ name, value, origin: `file ${path}`, written });
    } else {
      const shown = SECRET_NAME.test(key) ? `${key}: … (file ${path})` : written;
      problems.push(`${shown}: no such setting${didYouMean(key, SETTING_NAMES)}`);
    }
  }
  const references = [...JSON.stringify(document).matchAll(REFERENCE)].map(([, reference = '']) => reference);
  return { given, references: new Set(references), problems };
}

function readUtf8(path: string): string {
  return readFileSync(path, 'utf8');
}

/** Flags and variables are text; a number is taken for one where the setting is one, and left as it is where it is not. */
function fromText(name: SettingName, raw: string): unknown {
  const isNumber = /number/.test(settingMeta(name).allowed);
  return isNumber && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw.trim()) ? Number(raw) : raw;
}

/** What is wrong with a value of a setting that came from elsewhere, one sentence each, without secrets. */
export function problemsWith(name: SettingName, value: unknown, origin: Origin, limit = Infinity): string[] {
  const { error } = settingsSchema.shape[name].safeParse(value);
  const given: Given = { name, value, origin, written: `${name}: ${inBrief(value)} (${origin})` };
  return error?.issues.slice(0, limit).flatMap((issue) => problemsOf(given, issue)) ?? [];
}

/** One problem a sentence: where it is, what was given, what is allowed. */
function problemsOf({ name, value, written, origin }: Given, issue: z.core.$ZodIssue): string[] {
  const path = [name, ...issue.path];
  const place = (keys: readonly PropertyKey[]) => {
    const found = valueAt(value, keys.slice(1));
    return `${keys.map(String).join('.')}: ${maySayASecret(keys, found) ? '…' : inBrief(found)} (${origin})`;
  };
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${place([...path, key])}: no such setting${didYouMean(key, keysAt(path))}`);
  }
  const own = issue.code === 'custom' && issue.message !== 'Invalid input';
  const wrong = own ? issue.message : `must be ${allowedAt(path) ?? allowedAt(path.slice(0, -1)) ?? 'of another type'}`;
  const isWhole = issue.path.length === 0 && !maySayASecret(path, value);
  return [`${isWhole ? written : place(path)}: ${wrong}`];
}

/** Where alerts are sent, and with what credentials, is nobody's business, also where it is misspelt. */
function maySayASecret(path: readonly PropertyKey[], value: unknown): boolean {
  const inside = path[0] === 'alerts' || path[0] === 'retraining' || path[0] === 'metrics';
  const isSecret = path.some(
    (key) => SECRET_NAME.test(String(key)) || /^(headers|url|pushgatewayUrl|postgresUrl)$/.test(String(key)),
  );
  return inside && value !== undefined && (isSecret || typeof value === 'object');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    value,
  );
}

function inBrief(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = redact(JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/:$/, '');
}
