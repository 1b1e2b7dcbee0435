import { z } from 'zod';
import { sinkProblems } from '../alerting/open-sinks.ts';
import {
  MAX_MODEL_CONFIG_BYTES,
  type ModelConfig,
  type ModelSettings,
  modelSettingsProblems,
  modelSettingsSchema,
} from '../config/model-config.ts';
import { changeModelConfig, loadModelConfig } from '../config/model-config-store.ts';
import { redactSetting } from '../config/redact.ts';
import type { ServerContext } from './context.ts';
import { unlessEmpty } from './model-list.ts';
import { modelName, wholeNumber } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const shownSchema = z.strictObject({
  model_name: z.string(),
  version: z.int().min(0).describe('counts the changes; 0: nothing is configured, and the configuration file holds'),
  changed_at: z.iso.datetime().nullable(),
  changed_by: z.string().nullable().describe('name of the token'),
  settings: z
    .looseObject({})
    .describe(
      'what is configured here, by the names of the configuration file; URLs and headers without their secrets',
    ),
});

const params = z.strictObject({ model: modelName });
const ETAG = { ETag: 'Of the version' };
const DESCRIPTION =
  'Wins over the configuration file, and environment and flags of a run win over it. The next run uses it.';

export function configRoutes(context: ServerContext): Route[] {
  const { store, settings } = context;
  const common = { params, scope: 'operate' as const, refusals: [409, 412, 428] };
  const answers = { 200: { description: 'What is in force', schema: shownSchema, headers: ETAG } };

  const change = async (
    model: string,
    ifMatch: string | undefined,
    by: string,
    settingsOf: (before: ModelConfig | undefined) => object,
    needsMatch: boolean,
  ) => {
    const changed = await changeModelConfig(store, model, (found) => {
      // Whoever replaces whatever is there may replace what nobody can read.
      if (found === 'damaged' && !(needsMatch && ifMatch === '*')) {
        throw new Problem(409, `the configuration of ${model} cannot be read; PUT a new one with If-Match: *`);
      }
      const before = found === 'damaged' ? undefined : found;
      const after = settingsOf(before);
      const problems = modelSettingsProblems(after, settings.alerts.sinks);
      if (problems.length === 0) problems.push(...contradictions(after));
      if (problems.length > 0) throw new Problem(400, 'the settings cannot be used', { problems });
      const current = etagOf(before);
      if (ifMatch === undefined && needsMatch && before !== undefined) {
        throw new Problem(428, `there is a configuration already; say If-Match: ${current} to replace it`);
      }
      if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== current) {
        throw new Problem(412, `the version in force is ${current}`);
      }
      if (ifMatch === '*' && found === undefined) throw new Problem(412, 'nothing is configured yet');
      return { changedAt: new Date(context.now()).toISOString(), changedBy: by, settings: after as ModelSettings };
    });
    return changed;
  };

  return [
    route({
      method: 'GET',
      path: '/models/{model}/config',
      operationId: 'getModelConfig',
      summary: 'What is configured for a model beside the configuration file',
      scope: 'read',
      params,
      query: z.strictObject({ version: wholeNumber(1, 999_999).optional().describe('an earlier one') }),
      answers,
      refusals: [404],
      async handle({ params: { model }, query: { version } }, _, reply) {
        const config = await unlessEmpty(loadModelConfig(store, model, version), undefined);
        if (version !== undefined && config === undefined) throw new Problem(404, `there is no version ${version}`);
        return reply.header('etag', etagOf(config)).send(shown(model, config));
      },
    }),
    route({
      method: 'PUT',
      path: '/models/{model}/config',
      operationId: 'replaceModelConfig',
      summary: 'Configure a model; what is not said is as the configuration file says',
      description: DESCRIPTION,
      ...common,
      headers: { 'If-Match': 'ETag of the version to replace; needed where there is one' },
      body: { schema: modelSettingsSchema, checkedByHandler: true, limitBytes: MAX_MODEL_CONFIG_BYTES },
      answers,
      async handle({ params: { model }, body }, request, reply) {
        const given: object = mapping(body);
        const by = request.client?.name ?? '';
        const config = await change(model, request.headers['if-match'], by, () => given, true);
        return reply.header('etag', etagOf(config)).send(shown(model, config));
      },
    }),
    route({
      method: 'POST',
      path: '/models/{model}/config',
      operationId: 'changeModelConfig',
      summary: 'Change single settings of a model; null removes one',
      description: `${DESCRIPTION} The settings in \`alerts\`, the names in \`columns\` and \`importance\` and the rules in \`alerts.rules\` with their severities are changed one by one as well; lists are replaced. Null for a severity means never, for anything else that it is removed.`,
      ...common,
      headers: { 'If-Match': 'ETag of the version to change' },
      body: { schema: changesSchema(), checkedByHandler: true, limitBytes: MAX_MODEL_CONFIG_BYTES },
      answers,
      async handle({ params: { model }, body }, request, reply) {
        const changes: object = mapping(body);
        const by = request.client?.name ?? '';
        const settingsOf = (before: ModelConfig | undefined) => changed(before?.settings ?? {}, changes);
        const config = await change(model, request.headers['if-match'], by, settingsOf, false);
        return reply.header('etag', etagOf(config)).send(shown(model, config));
      },
    }),
  ];
}

/** The same settings, each of which may be null. */
function changesSchema() {
  const { alerts, columns, importance, ...others } = modelSettingsSchema.shape;
  const { rules, ...ofAlerts } = alerts.unwrap().unwrap().shape;
  const changedRules = z.strictObject(nullable(rules.unwrap().shape)).nullish();
  return z.strictObject({
    ...nullable(others),
    columns: z.record(z.string(), columns.unwrap().valueType.nullable()).nullish(),
    importance: z.record(z.string(), importance.unwrap().valueType.nullable()).nullish(),
    alerts: z.strictObject({ ...nullable(ofAlerts), rules: changedRules }).nullish(),
  });
}

function nullable(shape: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, schema.nullish()]));
}

/** Between sinks, each of which is good by itself. */
function contradictions(after: ModelSettings): string[] {
  const { alerts } = modelSettingsSchema.parse(after);
  return alerts === undefined ? [] : sinkProblems(alerts);
}

function etagOf(config: ModelConfig | undefined): string {
  return `"${config?.version ?? 0}"`;
}

function shown(model: string, config: ModelConfig | undefined) {
  return {
    model_name: model,
    version: config?.version ?? 0,
    changed_at: config?.changedAt ?? null,
    changed_by: config?.changedBy ?? null,
    settings: redactSetting(config?.settings ?? {}),
  };
}

function mapping(body: unknown): object {
  if (isMapping(body)) return body;
  throw new Problem(400, 'the settings must be a mapping of names to values');
}

/** What is there with the changes to it: by name where both are mappings, and as a whole otherwise. */
function changed(before: ModelSettings, changes: object): object {
  return merged(before, changes, {
    columns: merged,
    importance: merged,
    alerts: (alerts, ofAlerts) =>
      merged(alerts, ofAlerts, {
        rules: (rules, ofRules) => merged(rules, ofRules, (rule, ofRule) => ({ ...rule, ...ofRule })),
      }),
  });
}

type Merge = (before: object, changes: object) => object;

function merged(before: object, changes: object, inner: Merge | Readonly<Record<string, Merge>> = {}): object {
  const after = new Map<string, unknown>(Object.entries(before));
  for (const [name, value] of Object.entries(changes)) {
    const own: Merge | undefined =
      typeof inner === 'function' ? inner : Object.hasOwn(inner, name) ? inner[name] : undefined;
    const old = after.get(name) ?? {};
    if (value === null) after.delete(name);
    else after.set(name, own !== undefined && isMapping(old) && isMapping(value) ? own(old, value) : value);
  }
  return Object.fromEntries(after);
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
