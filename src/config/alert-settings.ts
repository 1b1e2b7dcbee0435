import { z } from 'zod';
import { instant, integer, modelId, number, oneOf, type SettingMeta, setting, text, texts } from './setting.ts';
import { sinkSettings } from './sink-settings.ts';

/** What an alert may be about. */
export const RULES = [
  'drift-score',
  'signal-drift',
  'missing-column',
  'no-data',
  'low-volume',
  'error-rate',
  'latency',
  'stale-baseline',
] as const;
export type RuleName = (typeof RULES)[number];

/** From the mildest to the gravest, as settings name them. */
export const SEVERITY_NAMES = ['info', 'warning', 'critical'] as const;

interface Levels {
  readonly info?: number;
  readonly warning?: number;
  readonly critical?: number;
}

/** From which value on a condition has which severity; null switches one off. */
function levels(min: number, max: number, defaults: Levels, meta: Omit<SettingMeta, 'allowed'>) {
  const unit = meta.unit === undefined ? '' : ` (${meta.unit})`;
  const level = (name: (typeof SEVERITY_NAMES)[number]) =>
    setting(z.number().min(min).max(max).nullable(), {
      description: `From which value on it is ${name}${unit}; null: never`,
      allowed: `a number from ${min} to ${max}${unit}, or null`,
    }).default(defaults[name] ?? null);
  return setting(z.strictObject({ info: level('info'), warning: level('warning'), critical: level('critical') }), {
    ...meta,
    allowed: 'a mapping with info, warning and critical',
  }).prefault({});
}

function drifted(what: string) {
  return levels(
    0.01,
    1000,
    { warning: 1, critical: 2 },
    { unit: '× the threshold', description: `${what} that drifted; info is for the verdict minor` },
  );
}

const rules = setting(
  z.strictObject({
    feature: drifted('A feature'),
    prediction: drifted('The prediction'),
    confidence: drifted('The confidence'),
    embedding: drifted('An embedding'),
    driftScore: levels(
      0.01,
      1000,
      { critical: 1 },
      { unit: '× scoreCriticalThreshold', description: 'The drift score' },
    ),
    missingColumn: levels(
      0,
      1,
      { warning: 0.5 },
      { unit: 'share of the files', description: 'A column of the baseline that files lack' },
    ),
    noData: oneOf(['info', 'warning', 'critical', 'off'], {
      description: 'A window without any row of the model',
    }).default('warning'),
    lowVolume: levels(
      0,
      1,
      { warning: 0.5, critical: 0.1 },
      {
        unit: 'share of the usual rows, or fewer',
        description:
          'Rows of the last hour against the same hour of earlier days, the smaller of their median and a week ago',
      },
    ),
    errorRate: levels(
      0,
      1,
      { warning: 0.05, critical: 0.1 },
      { unit: 'share of the requests, more than', description: 'Requests that failed' },
    ),
    latency: levels(
      0,
      1e8,
      {},
      { unit: 'ms', description: '95th percentile of the latency in the window; off until it is given a limit' },
    ),
    staleBaseline: levels(0, 36_500, { warning: 90 }, { unit: 'days', description: 'Age of the baseline' }),
  }),
  { allowed: 'a mapping of signals to severities', description: 'What makes an alert, and how grave it is' },
).prefault({});

const silence = setting(
  z.strictObject({
    until: instant({ description: 'When it ends' }),
    reason: text({ description: 'Why; shown wherever it is silent' }),
    model: modelId({ description: 'Only this model' }).optional(),
    version: modelId({ description: 'Only this version' }).optional(),
    rule: oneOf(RULES, { description: 'Only alerts of this rule' }).optional(),
    signal: text({ description: 'Only this feature, output or embedding' }).optional(),
  }),
  { allowed: 'a mapping with until, reason and what it is about', description: 'Sends nothing about what it names' },
);

const OPENS_AFTER = /^([1-9]\d?) of ([1-9]\d?)$/;

/** Runs in which a condition has to hold, and of how many. */
export function opensAfter(text: string): { readonly runs: number; readonly of: number } {
  const [, runs = '1', of = '1'] = OPENS_AFTER.exec(text) ?? [];
  return { runs: Number(runs), of: Number(of) };
}

export const alertSettings = setting(
  z.strictObject({
    rules,
    for: setting(
      z.string().refine((value) => OPENS_AFTER.test(value) && opensAfter(value).runs <= opensAfter(value).of),
      {
        description: 'Judged runs in which its condition must have held before an alert opens or becomes graver',
        allowed: "a text such as '2 of 3', from 1 to 99",
      },
    ).default('2 of 3'),
    resolveAfter: integer(1, 99, {
      unit: 'judged runs',
      description: 'Runs in a row without its condition after which an alert is resolved',
    }).default(3),
    cooldownHours: number(0, 8784, {
      unit: 'hours',
      description: 'After it was resolved an alert does not open again for so long',
    }).default(2),
    reminderHours: number(1, 8784, {
      unit: 'hours',
      description: 'An alert that stays open is told again after so long',
    }).default(24),
    minimumRows: integer(0, 1_000_000_000, {
      unit: 'rows',
      description:
        'Rows of the window below which nothing but no-data and low volume makes an alert; by default minSamples',
    }).optional(),
    importantFeatures: texts({
      description: 'Features whose drift is critical from 1 × the threshold',
    }).default([]),
    okStatuses: texts({
      description: 'Texts in the status column that are no error, in any case; numbers are errors from 500',
    }).default(['ok', 'success']),
    silences: setting(z.array(silence), {
      allowed: 'a list of {until, reason} and what each is about',
      description: 'What nothing is sent about, until when and why',
    }).default([]),
    sinks: setting(z.array(sinkSettings), {
      allowed: 'a list of {kind} with the settings of that kind',
      description: `Where alerts are sent, besides the storage; \${NAME} is read from the environment, \${file:PATH} from a file`,
    }).default([]),
  }),
  {
    allowed: 'a mapping with rules, for, silences, sinks and others',
    description: 'When alerts open, and who is told',
  },
).prefault({});

export type AlertSettings = z.infer<typeof alertSettings>;
export type AlertRules = AlertSettings['rules'];
export type LevelSettings = AlertRules['feature'];
export type SilenceSettings = AlertSettings['silences'][number];
