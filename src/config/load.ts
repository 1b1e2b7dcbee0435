import { readFileSync } from 'node:fs';
import leven from 'leven';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import {
  SETTING_NAMES,
  type SettingMeta,
  type SettingName,
  type Settings,
  settingMeta,
  settingsSchema,
} from './settings.ts';

/** `default`, `environment DRIFT_…`, `flag --…` or `file PATH`. */
export type Origin = string;

export interface Configuration {
  readonly settings: Settings;
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
  readonly value: unknown;
  readonly origin: Origin;
  /** How the user wrote it: `DRIFT_PSI_THRESHOLD=abc`. */
  readonly written: string;
}

const CONFIG_FILE_VARIABLE = 'DRIFT_CONFIG';
/** Kubernetes injects `DRIFT_MONITOR_…` for a Service of that name, and the test lab sets `DRIFT_LAB_…`. */
const FOREIGN_VARIABLES = /^DRIFT_(MONITOR|LAB)_/;

/**
 * Settings from defaults, the YAML file, the environment and flags, the later winning.
 * Throws one `UsageError` with every problem of all of them.
 */
export function loadConfiguration(sources: ConfigurationSources): Configuration {
  const problems = [...(sources.problems ?? [])];
  const given = new Map<SettingName, Given>();
  const path = sources.configFile ?? sources.env[CONFIG_FILE_VARIABLE];
  if (path !== undefined) readConfigFile(path, sources.readFile ?? readUtf8, given, problems);
  readEnvironment(sources.env, given, problems);
  for (const [name, raw] of sources.flags) {
    const flag = settingMeta(name).flag ?? name;
    given.set(name, { value: fromText(name, raw), origin: `flag ${flag}`, written: `${flag} ${raw}` });
  }

  const values: Record<string, unknown> = {};
  for (const [name, { value, written, origin }] of given) {
    const result = settingsSchema.shape[name].safeParse(value);
    if (result.success) values[name] = value;
    else problems.push(...problemsOf(name, written, origin, result.error.issues));
  }
  if (problems.length > 0) throw new UsageError(problems);
  const origins = new Map(SETTING_NAMES.map((name) => [name, given.get(name)?.origin ?? 'default']));
  return { settings: settingsSchema.parse(values), origins };
}

function readUtf8(path: string): string {
  return readFileSync(path, 'utf8');
}

function readConfigFile(
  path: string,
  readFile: (path: string) => string,
  given: Map<SettingName, Given>,
  problems: string[],
): void {
  let document: unknown;
  try {
    document = parseYaml(readFile(path));
  } catch (error) {
    problems.push(`configuration file ${path}: ${firstLine(error)}`);
    return;
  }
  if (document === null || document === undefined) return;
  if (typeof document !== 'object' || Array.isArray(document)) {
    problems.push(`configuration file ${path}: must be a mapping of settings to values`);
    return;
  }
  for (const [key, value] of Object.entries(document)) {
    const name = SETTING_NAMES.find((known) => known === key);
    if (name === undefined) {
      problems.push(`${key} (file ${path}): no such setting${didYouMean(key, SETTING_NAMES)}`);
    } else {
      given.set(name, { value, origin: `file ${path}`, written: `${key}: ${inBrief(value)}` });
    }
  }
}

function readEnvironment(env: NodeJS.ProcessEnv, given: Map<SettingName, Given>, problems: string[]): void {
  const names = new Map(SETTING_NAMES.map((name) => [settingMeta(name).env, name]));
  for (const [variable, raw] of Object.entries(env)) {
    if (!variable.startsWith('DRIFT_') || FOREIGN_VARIABLES.test(variable) || raw === undefined) continue;
    if (variable === CONFIG_FILE_VARIABLE) continue;
    const name = names.get(variable);
    if (name === undefined) {
      const known = [...names.keys()].filter((key) => key !== undefined);
      problems.push(`${variable}=${raw} (environment): no such setting${didYouMean(variable, known)}`);
    } else {
      given.set(name, {
        value: fromText(name, raw),
        origin: `environment ${variable}`,
        written: `${variable}=${raw}`,
      });
    }
  }
}

/** Flags and variables are text; a number is taken for one where the setting is one, and left as it is where it is not. */
function fromText(name: SettingName, raw: string): unknown {
  const isNumber = /number/.test(settingMeta(name).allowed);
  return isNumber && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw.trim()) ? Number(raw) : raw;
}

function problemsOf(name: SettingName, written: string, origin: Origin, issues: readonly z.core.$ZodIssue[]): string[] {
  const where = origin.startsWith('file') ? ` (${origin})` : origin.startsWith('environment') ? ' (environment)' : '';
  return issues.map((issue) => {
    if (issue.path.length === 0) {
      const wrong =
        issue.code === 'custom' && issue.message !== 'Invalid input'
          ? issue.message
          : `must be ${settingMeta(name).allowed}`;
      return `${redact(written)}${where}: ${wrong}`;
    }
    const place = [name, ...issue.path].join('.');
    if (issue.code === 'unrecognized_keys') return `${place}${where}: no such setting: ${issue.keys.join(', ')}`;
    const last = issue.path.at(-1);
    const meta = allowedOf(typeof last === 'string' ? last : name);
    return `${place}${where}: ${meta === undefined ? issue.message : `must be ${meta.allowed}`}`;
  });
}

function allowedOf(name: string): SettingMeta | undefined {
  const known = SETTING_NAMES.find((candidate) => candidate === name);
  return known === undefined ? undefined : settingMeta(known);
}

/** "; did you mean X?" where a known name is close enough to be meant. */
export function didYouMean(word: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, word.length / 3) ? `; did you mean ${best.candidate}?` : '';
}

/** A URL's query may hold a signature. */
export function redact(text: string): string {
  return text.replace(/\?[^\s]*/g, '?…');
}

function inBrief(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
