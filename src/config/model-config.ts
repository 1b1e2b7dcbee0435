import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { alertSettings } from './alert-settings.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ConfiguredModel } from './judgement.ts';
import { problemsWith } from './load.ts';
import { REFERENCE } from './setting.ts';
import { type Judgement, judgementOverrides } from './settings.ts';
import type { SinkSettings } from './sink-settings.ts';

/** What a model's configuration in storage may say: names, meaning and bounds are those of the configuration file. */
export const modelSettingsSchema = z.strictObject({ ...judgementOverrides, alerts: alertSettings.optional() });

/** As it was given: what is not said here is the configuration file's. */
export type ModelSettings = z.input<typeof modelSettingsSchema>;

export const MODEL_CONFIG_FORMAT = 1;

export const modelConfigSchema = z.strictObject({
  format: z.literal(MODEL_CONFIG_FORMAT),
  version: z.int().min(1).describe('counts the changes'),
  changedAt: z.iso.datetime(),
  changedBy: z.string().describe('name of the token'),
  settings: modelSettingsSchema,
});

/** A model's configuration as it lies in storage, its settings as they were given. */
export type ModelConfig = Omit<z.infer<typeof modelConfigSchema>, 'settings'> & { readonly settings: ModelSettings };

/** Each run reads them. */
export const MAX_MODEL_CONFIG_BYTES = 256 * 1024;
/** Told at once: whoever sends a file of something else is not told of every line. */
const MAX_PROBLEMS = 10;

const NAMES = Object.keys(modelSettingsSchema.shape) as (keyof ModelSettings)[];
const JUDGEMENT_NAMES = Object.keys(judgementOverrides) as (keyof Judgement)[];

/**
 * Everything that is wrong with settings from outside, one sentence each, in the words in which the configuration file is
 * refused, without secrets. `fileSinks` are those of the configuration file.
 */
export function modelSettingsProblems(settings: object, fileSinks: readonly SinkSettings[]): string[] {
  const problems: string[] = [];
  for (const [key, value] of Object.entries(settings)) {
    const name = NAMES.find((known) => known === key);
    if (name !== undefined) problems.push(...problemsWith(name, value, 'request', MAX_PROBLEMS));
    else problems.push(`${key.slice(0, 80)}: no such setting of a model${didYouMean(key, NAMES)}`);
    if (problems.length >= MAX_PROBLEMS) break;
  }
  if (problems.length > 0) return problems.slice(0, MAX_PROBLEMS);
  const bytes = JSON.stringify(settings).length;
  if (bytes > MAX_MODEL_CONFIG_BYTES) return [`the settings take ${bytes} bytes; at most ${MAX_MODEL_CONFIG_BYTES}`];
  const { sinks } = alertSettings.parse(Reflect.get(settings, 'alerts') ?? {});
  return sinks.flatMap((sink, index) => {
    const where = `alerts.sinks.${index} (${sink.name ?? sink.kind})`;
    if (/…/.test(JSON.stringify(sink))) return [`${where}: has … where a secret was hidden; write what stood there`];
    return borrowsSecret(sink, fileSinks) ? [`${where}: ${BORROWED}`] : [];
  });
}

export const BORROWED = `a \${…} may stand in a model's configuration only where the configuration file has the same sink; all but name, severity and timeoutSeconds must agree`;

/**
 * Whether a sink refers to a secret in a way that nobody who holds the secrets has approved. Otherwise whoever may write a
 * model's configuration could have any variable of the job sent to any address.
 */
export function borrowsSecret(sink: SinkSettings, fileSinks: readonly SinkSettings[]): boolean {
  if (JSON.stringify(sink).match(REFERENCE) === null) return false;
  return !fileSinks.some((known) => isDeepStrictEqual(essence(known), essence(sink)));
}

function essence({ name: _, severity: __, ...sink }: SinkSettings): object {
  return { ...sink, timeoutSeconds: 0 };
}

/** A model with what its configuration in storage says: that wins over the configuration file, environment and flags over both. */
export function withModelConfig(
  configured: ConfiguredModel,
  { settings }: Pick<ModelConfig, 'settings'>,
): ConfiguredModel {
  const { judgement, fixed = [], alerts } = configured;
  const given = modelSettingsSchema.parse(settings);
  const stored = Object.fromEntries(
    JUDGEMENT_NAMES.flatMap((name) => (given[name] === undefined || fixed.includes(name) ? [] : [[name, given[name]]])),
  ) satisfies Partial<Judgement>;
  const merged: Judgement = {
    ...judgement,
    ...stored,
    columns: { ...judgement.columns, ...given.columns },
    importance: { ...judgement.importance, ...given.importance },
  };
  if (settings.alerts === undefined) return { ...configured, judgement: merged };
  const rules: Record<string, unknown> = { ...alerts.rules };
  for (const [name, rule] of Object.entries(settings.alerts.rules ?? {})) {
    const before = rules[name];
    rules[name] = typeof rule === 'object' && typeof before === 'object' ? { ...before, ...rule } : rule;
  }
  return { ...configured, judgement: merged, alerts: alertSettings.parse({ ...alerts, ...settings.alerts, rules }) };
}
