import { describe, expect, test } from 'vitest';
import { configuredModel, configuredModels, unknownColumns } from '../../src/config/judgement.ts';
import { type Configuration, type ConfigurationSources, loadConfiguration } from '../../src/config/load.ts';
import type { SettingName } from '../../src/config/settings.ts';
import { UsageError } from '../../src/errors.ts';

interface Given {
  readonly flags?: Partial<Record<SettingName, string>>;
  readonly env?: Record<string, string>;
  readonly yaml?: string;
  readonly problems?: readonly string[];
}

function load({ flags = {}, env = {}, yaml, problems = [] }: Given): Configuration {
  const sources: ConfigurationSources = {
    flags: new Map(Object.entries(flags) as [SettingName, string][]),
    configFile: yaml === undefined ? undefined : 'drift.yaml',
    env,
    readFile: () => yaml ?? '',
    problems,
  };
  return loadConfiguration(sources);
}

function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
  return [];
}

describe('where a setting comes from', () => {
  test('flags win over the environment, that over the file, that over the default', () => {
    const yaml = 'psiThreshold: 0.3\nminSamples: 30\nanalysisWindowHours: 3';
    const env = { DRIFT_MIN_SAMPLES: '40', DRIFT_ANALYSIS_WINDOW_HOURS: '4' };
    const { settings, origins } = load({ yaml, env, flags: { analysisWindowHours: '5' } });
    expect(settings).toMatchObject({
      ksThreshold: 0.2,
      psiThreshold: 0.3,
      minSamples: 40,
      analysisWindowHours: 5,
    });
    expect(Object.fromEntries(origins)).toEqual({
      psiThreshold: 'file drift.yaml',
      minSamples: 'environment DRIFT_MIN_SAMPLES',
      analysisWindowHours: 'flag --window-hours',
    });
  });

  test('DRIFT_CONFIG names the file where no --config does', () => {
    const { settings } = loadConfiguration({
      flags: new Map(),
      configFile: undefined,
      env: { DRIFT_CONFIG: 'other.yaml' },
      readFile: (path) => (path === 'other.yaml' ? 'minSamples: 7' : ''),
    });
    expect(settings.minSamples).toBe(7);
  });

  test('an empty file and one of comments only change nothing', () => {
    expect(load({ yaml: '' }).settings.minSamples).toBe(100);
    expect(load({ yaml: '# nothing yet\n' }).settings.minSamples).toBe(100);
  });

  test('variables that Kubernetes or the test lab set are none of ours', () => {
    const env = { DRIFT_MONITOR_PORT: 'tcp://10.0.0.1:80', DRIFT_LAB_SEED: '1', DRIFTER: 'x' };
    expect(problemsOf({ env })).toEqual([]);
  });
});

describe('variables that the configuration file refers to', () => {
  const yaml = `metrics: { postgresUrl: '\${DRIFT_DATABASE_URL}' }
alerts: { sinks: [{ kind: webhook, url: 'https://host/\${DRIFT_PATH}' }] }`;

  test('are no settings, whatever they are called', () => {
    expect(problemsOf({ yaml, env: { DRIFT_DATABASE_URL: 'HIDDEN', DRIFT_PATH: 'HIDDEN' } })).toEqual([]);
  });

  test('leave others as wrong as they are', () => {
    expect(problemsOf({ yaml, env: { DRIFT_DATABASE_URL: 'HIDDEN', DRIFT_MIN_SAMPLS: '5' } })).toEqual([
      'DRIFT_MIN_SAMPLS (environment): no such setting; did you mean DRIFT_MIN_SAMPLES?',
    ]);
  });
});

describe('what is wrong', () => {
  test('every problem of all sources is told at once, with name, value and what is allowed', () => {
    const problems = problemsOf({
      problems: ['--fail-onn: no such option of detect'],
      flags: { analysisWindowHours: '12h', modelName: '../x' },
      env: { DRIFT_PSI_THRESHOLD: '200', DRIFT_MIN_SAMPLS: '5', DRIFT_LOG_LEVEL: 'loud' },
      yaml: 'psiTreshold: 0.3\nminSamples: many\nlogPathTemplate: logs/<year>',
    });
    expect(problems).toEqual([
      '--fail-onn: no such option of detect',
      'DRIFT_MIN_SAMPLS (environment): no such setting; did you mean DRIFT_MIN_SAMPLES?',
      'psiTreshold: 0.3 (file drift.yaml): no such setting; did you mean psiThreshold?',
      '--window-hours 12h: must be a whole number from 1 to 8784 (hours)',
      '--model-name ../x: must be letters, digits, . _ and -, at most 128, the first a letter or digit',
      'DRIFT_PSI_THRESHOLD=200 (environment): must be a number from 0.001 to 100',
      'DRIFT_LOG_LEVEL=loud (environment): must be one of trace, debug, info, warn, error, silent',
      'minSamples: "many" (file drift.yaml): must be a whole number from 1 to 1000000000 (rows)',
      'logPathTemplate: "logs/<year>" (file drift.yaml): must be a relative path with <year>, <month>, <day> and <hour>, and <model> and <version> where wanted',
    ]);
  });

  test('inside of columns and models the place is named', () => {
    const yaml = `
columns: { word_count: { type: nummeric, psiTreshold: 3 } }
importance: { age: 1.5, zip: 0, income: high }
models: [{ name: a, version: v1, psiThreshold: 9999, importance: { age: -1 } }, { name: b }, { name: c, version: v1, minSampels: 3 }]`;
    expect(problemsOf({ yaml })).toEqual([
      'columns.word_count.type: "nummeric" (file drift.yaml): must be one of numeric, categorical, embedding, ignore',
      'columns.word_count.psiTreshold: 3 (file drift.yaml): no such setting; did you mean psiThreshold?',
      'importance.age: 1.5 (file drift.yaml): must be a number above 0 and at most 1',
      'importance.zip: 0 (file drift.yaml): must be a number above 0 and at most 1',
      'importance.income: "high" (file drift.yaml): must be a number above 0 and at most 1',
      'models.0.psiThreshold: 9999 (file drift.yaml): must be a number from 0.001 to 100',
      'models.0.importance.age: -1 (file drift.yaml): must be a number above 0 and at most 1',
      'models.1.version: missing (file drift.yaml): must be letters, digits, . _ and -, at most 128, the first a letter or digit',
      'models.2.minSampels: 3 (file drift.yaml): no such setting; did you mean minSamples?',
    ]);
  });

  test('a wrong value counts even where another source overrides it', () => {
    expect(problemsOf({ yaml: 'minSamples: many', env: { DRIFT_MIN_SAMPLES: '5' } })).toHaveLength(1);
  });

  test.each([
    ['- a list', 'configuration file drift.yaml: must be a mapping of settings to values'],
    ['a: [1', /^configuration file drift\.yaml: .*line 1/],
    ['minSamples: 1\nminSamples: 2', /^configuration file drift\.yaml: Map keys must be unique/],
  ])('a file that is none: %j', (yaml, problem) => {
    expect(problemsOf({ yaml })).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });

  test('a file that is not there is a problem among the others', () => {
    const readFile = () => {
      throw new Error("ENOENT: no such file or directory, open 'nope.yaml'");
    };
    const env = { DRIFT_MIN_SAMPLES: '0' };
    expect(() => loadConfiguration({ flags: new Map(), configFile: 'nope.yaml', env, readFile })).toThrow(
      /nope\.yaml: ENOENT.*DRIFT_MIN_SAMPLES=0/s,
    );
  });

  test.each([
    { DRIFT_STORAGE_URL: 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=HIDDEN==;EndpointSuffix=x' },
    { DRIFT_STORAGE_URL: 'https://user:HIDDEN@account.blob.core.windows.net/logs' },
    { DRIFT_LOGS_URL: 'https://account.blob.core.windows.net/L?sv=1&sig=HIDDEN' },
    { DRIFT_STORAGE_CONNECTION_STRING: 'HIDDEN' },
    { DRIFT_ACCOUNT_KEY: 'HIDDEN' },
    { DRIFT_DATABASE_URL: 'postgresql:HIDDEN' },
    { DRIFT_DATABASE_PWD: 'HIDDEN' },
  ])('no problem shows a secret: %o', (env) => {
    const [problem, ...others] = problemsOf({ env });
    expect(problem).toContain(Object.keys(env)[0]);
    expect(problem).not.toContain('HIDDEN');
    expect(others).toEqual([]);
  });
});

describe('the models of a command', () => {
  const yaml = `
psiThreshold: 0.3
minSamples: 50
columns: { zip: { type: categorical } }
importance: { zip: 0.3, age: 0.5 }
models:
  - { name: churn, version: v7, psiThreshold: 0.4, columns: { age: { psiThreshold: 0.5 } }, importance: { age: 0.9 } }
  - { name: fraud, version: v1 }
  - { name: fraud, version: v2, minSamples: 1000 }`;

  test('without a name all of the file, each with its overrides', () => {
    const models = configuredModels(load({ yaml }));
    expect(models.map(({ model }) => `${model.name} ${model.version}`)).toEqual(['churn v7', 'fraud v1', 'fraud v2']);
    expect(models[0]?.judgement).toMatchObject({
      psiThreshold: 0.4,
      minSamples: 50,
      columns: { zip: { type: 'categorical' }, age: { psiThreshold: 0.5 } },
      importance: { zip: 0.3, age: 0.9 },
    });
    expect(models[1]?.judgement.importance).toEqual({ zip: 0.3, age: 0.5 });
    expect(models[2]?.judgement).toMatchObject({ psiThreshold: 0.3, minSamples: 1000 });
  });

  test('a version alone chooses among them', () => {
    const models = configuredModels(load({ yaml, flags: { modelVersion: 'v2' } }));
    expect(models.map(({ model }) => model)).toEqual([{ name: 'fraud', version: 'v2' }]);
  });

  test("flags and environment win over a model's entry", () => {
    const flags = { modelName: 'churn' };
    expect(configuredModel(load({ yaml, flags })).judgement.psiThreshold).toBe(0.4);
    const env = { DRIFT_PSI_THRESHOLD: '0.1' };
    expect(configuredModel(load({ yaml, flags, env })).judgement.psiThreshold).toBe(0.1);
  });

  test('a name is enough where the file lists one version of it', () => {
    expect(configuredModel(load({ yaml, flags: { modelName: 'churn' } })).model.version).toBe('v7');
    expect(() => configuredModel(load({ yaml, flags: { modelName: 'fraud' } }))).toThrow(/--model-version/);
    expect(() => configuredModel(load({ yaml, flags: { modelName: 'other' } }))).toThrow(/--model-version/);
  });

  test('a command for one model refuses to choose', () => {
    expect(() => configuredModel(load({ yaml }))).toThrow(/several models are configured/);
    expect(() => configuredModel(load({}))).toThrow(/no model named/);
  });
});

describe('settings that contradict each other', () => {
  test('two parts of the record in one column', () => {
    const env = { DRIFT_LATENCY_COLUMN: 'status', DRIFT_LABEL_COLUMN: 'truth' };
    expect(problemsOf({ env })).toEqual([
      "latencyColumn and statusColumn are both 'status': each needs a column of its own",
    ]);
  });

  test('a model that is listed twice', () => {
    const yaml = 'models: [{name: m, version: v1}, {name: m, version: v2}, {name: m, version: v1}]';
    expect(problemsOf({ yaml })).toEqual(['models: m v1 is listed more than once']);
  });
});

describe('settings of columns', () => {
  test('that name no signal are told, with a near one, but for columns that are ignored', () => {
    const yaml =
      'models: [{ name: churn, version: v1 }]\ncolumns: { agee: { psiThreshold: 0.3 }, id: { type: ignore }, plan: { psiThreshold: 0.3 } }\nimportance: { agee: 0.5 }\n';
    const [model] = configuredModels(load({ yaml }));
    expect(model && unknownColumns(model.judgement, ['age', 'plan'], ['plann'])).toEqual([
      'columns.agee: no feature, output or embedding has that name; did you mean age?',
      'importance.agee: no feature, output or embedding has that name; did you mean age?',
      'alerts.importantFeatures.plann: no feature, output or embedding has that name; did you mean plan?',
    ]);
  });
});

describe('alerts', () => {
  test('everything has a default that needs no file', () => {
    const { alerts, retraining, metrics } = load({}).settings;
    expect(alerts).toMatchObject({ for: '2 of 3', resolveAfter: 3, reminderHours: 24, sinks: [], silences: [] });
    expect(alerts.rules).toMatchObject({ feature: { info: null, warning: 1, critical: 2 }, noData: 'warning' });
    expect(retraining).toBeUndefined();
    expect(metrics).toEqual({ maxFeatures: 50 });
  });

  test('what is wrong is told with what is allowed, and without what may be secret', () => {
    const yaml = `alerts:
  for: 4 of 3
  rules: { feature: { warnin: 1, critical: -1 } }
  silences: [{ until: tomorrow, reason: x }]
  sinks:
    - { kind: pagerduty, routingKey: HIDDEN }
    - { kind: slack, url: 'htps://hooks/HIDDEN' }
    - { kind: webhook, url: 'https://user:HIDDEN@host' }
    - { kind: pigeon, url: 'https://HIDDEN' }
retraining: { openHours: 1 }`;
    const problems = problemsOf({ yaml });
    expect(problems.join('\n')).not.toContain('HIDDEN');
    expect(problems).toEqual([
      'alerts.rules.feature.critical: -1 (file drift.yaml): must be a number from 0.01 to 1000 (× the threshold), or null',
      'alerts.rules.feature.warnin: 1 (file drift.yaml): no such setting; did you mean warning?',
      'alerts.for: "4 of 3" (file drift.yaml): must be a text such as \'2 of 3\', from 1 to 99',
      'alerts.silences.0.until: "tomorrow" (file drift.yaml): must be an instant with its time zone, such as 2026-01-31T08:00:00Z',
      `alerts.sinks.0.routingKey: … (file drift.yaml): must be \${${'NAME'}} or \${${'file:PATH'}}: a secret stands in no configuration file`,
      `alerts.sinks.1.url: … (file drift.yaml): must be a URL that begins with http:// or https:// and has nothing secret in it, or \${${'NAME'}}`,
      `alerts.sinks.2.url: … (file drift.yaml): must be a URL that begins with http:// or https:// and has nothing secret in it, or \${${'NAME'}}`,
      'alerts.sinks.3.kind: "pigeon" (file drift.yaml): must be a mapping with kind: slack, pagerduty, teams, webhook, email, alertmanager or kubernetes-event',
      'retraining: … (file drift.yaml): must have either http or job',
    ]);
  });
});
