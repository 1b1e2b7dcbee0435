import { expect, test } from 'vitest';
import { configuredModel } from '../../src/config/judgement.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { borrowsSecret, type ModelSettings, withModelConfig } from '../../src/config/model-config.ts';
import { sinkSettings } from '../../src/config/sink-settings.ts';
import { startServer } from './start-server.ts';

const PATH = '/models/churn/config';
const REFERENCE = `\${${'SLACK_URL'}}`;
const FILE = `
models: [{ name: churn, version: v1, minSamples: 300 }]
psiThreshold: 0.25
alerts:
  cooldownHours: 4
  sinks: [{ kind: slack, url: '${REFERENCE}' }]
`;

test('a configuration is replaced by who has seen the version in force, and each version is kept', async () => {
  const server = await startServer();
  try {
    expect((await server.ask(PATH)).json()).toMatchObject({ version: 0, settings: {} });
    const put = (body: unknown, etag?: string) =>
      server.ask(PATH, { method: 'PUT', body, ...(etag && { headers: { 'if-match': etag } }) });
    const first = await put({ psiThreshold: 0.3 });
    expect([first.status, first.headers.etag]).toEqual([200, '"1"']);
    expect((await put({ psiThreshold: 0.4 })).status).toBe(428);
    expect((await put({ psiThreshold: 0.4 }, '"0"')).status).toBe(412);
    expect((await put({ minSamples: 500 }, '"1"')).json()).toMatchObject({ version: 2, settings: { minSamples: 500 } });
    expect((await server.ask(`${PATH}?version=1`)).json()).toMatchObject({
      version: 1,
      settings: { psiThreshold: 0.3 },
    });
    expect((await server.ask(`${PATH}?version=9`)).status).toBe(404);
  } finally {
    await server.close();
  }
});

test('single settings are changed and removed by POST, and two who do so at once lose nothing', async () => {
  const server = await startServer();
  try {
    const post = (body: unknown) => server.ask(PATH, { method: 'POST', body });
    await post({ psiThreshold: 0.3, alerts: { cooldownHours: 5 } });
    await Promise.all([post({ minSamples: 500 }), post({ ksThreshold: 0.1 }), post({ alerts: { reminderHours: 9 } })]);
    expect((await server.ask(PATH)).json()).toMatchObject({
      version: 4,
      settings: {
        psiThreshold: 0.3,
        minSamples: 500,
        ksThreshold: 0.1,
        alerts: { cooldownHours: 5, reminderHours: 9 },
      },
    });
    const { settings } = (await post({ psiThreshold: null, alerts: { cooldownHours: null } })).json();
    expect(settings).toEqual({ minSamples: 500, ksThreshold: 0.1, alerts: { reminderHours: 9 } });
  } finally {
    await server.close();
  }
});

test('POST changes mappings name by name, and null takes a name away', async () => {
  const server = await startServer();
  try {
    const post = async (body: unknown) => (await server.ask(PATH, { method: 'POST', body })).json().settings;
    const zip = { type: 'categorical' };
    await post({
      columns: { zip },
      importance: { zip: 0.5, age: 0.3 },
      alerts: { rules: { feature: { warning: 2 }, noData: 'info' } },
    });
    expect(
      await post({
        columns: { id: zip },
        importance: { age: null },
        alerts: { rules: { feature: { critical: null }, noData: null, driftScore: { info: 1 } } },
      }),
    ).toEqual({
      columns: { zip, id: zip },
      importance: { zip: 0.5 },
      alerts: { rules: { feature: { warning: 2, critical: null }, driftScore: { info: 1 } } },
    });
    expect(await post({ columns: null, alerts: null })).toEqual({ importance: { zip: 0.5 } });
  } finally {
    await server.close();
  }
});

test('versions go on after a configuration was deleted', async () => {
  const server = await startServer();
  try {
    const post = async (psiThreshold: number) =>
      (await server.ask(PATH, { method: 'POST', body: { psiThreshold } })).json().version;
    expect([await post(0.3), await post(0.4), await post(0.5)]).toEqual([1, 2, 3]);
    await server.store.delete('models/churn/config.json');
    expect((await server.ask(`${PATH}?version=3`)).json()).toMatchObject({ settings: { psiThreshold: 0.5 } });
    expect([await post(0.6), await post(0.7)]).toEqual([4, 5]);
  } finally {
    await server.close();
  }
});

test('a stored configuration that cannot be read is replaced by who says so, and by nobody else', async () => {
  const server = await startServer();
  try {
    const put = (etag?: string) =>
      server.ask(PATH, { method: 'PUT', body: { psiThreshold: 0.3 }, headers: { ...(etag && { 'if-match': etag }) } });
    await put();
    await server.store.put('models/churn/config.json', Buffer.from('{"format":'));
    expect((await put()).status).toBe(409);
    expect((await server.ask(PATH, { method: 'POST', body: { psiThreshold: 0.3 } })).status).toBe(409);
    expect((await put('*')).status).toBe(200);
    expect((await server.ask(PATH)).json()).toMatchObject({ settings: { psiThreshold: 0.3 } });
  } finally {
    await server.close();
  }
});

test('settings that are too many are refused at once, and little of them is sent back', async () => {
  const server = await startServer();
  try {
    const put = (body: unknown) => server.ask(PATH, { method: 'PUT', body });
    expect((await put({ ['x'.repeat(300_000)]: 1 })).status).toBe(413);
    const long = await put({ ['x'.repeat(200_000)]: 1 });
    expect([long.status, long.text.length < 1000]).toEqual([400, true]);
    const names = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`psiTreshold${index}`, 1]));
    const many = await put(names);
    expect([many.status, many.json<{ problems: string[] }>().problems.length]).toEqual([400, 10]);
    const wrong = await put({ importance: Object.fromEntries(Object.entries(names).map(([name]) => [name, 2])) });
    expect([wrong.status, wrong.text.length < 5000]).toEqual([400, true]);
  } finally {
    await server.close();
  }
});

test.each([
  [
    'a number out of bounds',
    { psiThreshold: 1000 },
    'psiThreshold: 1000 (request): must be a number from 0.001 to 100',
  ],
  ['a misspelling', { psiTreshold: 0.3 }, 'psiTreshold: no such setting of a model; did you mean psiThreshold?'],
  ['a setting of the program', { storageUrl: 'file:/tmp' }, 'storageUrl: no such setting of a model'],
  [
    'a secret in plain',
    { alerts: { sinks: [{ kind: 'pagerduty', routingKey: 'planted' }] } },
    'a secret stands in no configuration file',
  ],
  [
    'a header of two lines',
    { alerts: { sinks: [{ kind: 'webhook', url: 'https://x.example', headers: { x: 'a\r\nHost: y' } }] } },
    'a mapping of header names to texts of one line',
  ],
  [
    'a reference that the file has not',
    { alerts: { sinks: [{ kind: 'webhook', url: 'https://evil.example', headers: { x: `\${${'HOME'}}` } }] } },
    'only where the configuration file has the same sink',
  ],
  [
    'the secret of a sink for another address',
    { alerts: { sinks: [{ kind: 'webhook', url: 'https://evil.example', headers: { x: REFERENCE } }] } },
    'only where the configuration file has the same sink',
  ],
  [
    'two sinks of one name',
    { alerts: { sinks: [1, 2].map((one) => ({ kind: 'slack', url: `https://hooks.example/${one}` })) } },
    'more than one is called slack',
  ],
  [
    'what was shown instead of a secret',
    { alerts: { sinks: [{ kind: 'slack', url: 'https://hooks.example/…' }] } },
    'write what stood there',
  ],
])('%s is refused in the words of the configuration file, and nothing is stored', async (_, body, problem) => {
  const server = await startServer({ configFile: FILE });
  try {
    const answer = await server.ask(PATH, { method: 'PUT', body });
    expect(answer.status).toBe(400);
    expect(answer.json<{ problems: string[] }>().problems.join('\n')).toContain(problem);
    expect(answer.text).not.toContain('planted');
    expect((await server.ask(PATH)).json()).toMatchObject({ version: 0 });
  } finally {
    await server.close();
  }
});

test('a sink of the configuration file may be used under another name and severity, and URLs are shown without their path', async () => {
  const server = await startServer({ configFile: FILE });
  try {
    const sinks = [
      { kind: 'slack', url: REFERENCE, name: 'team', severity: 'critical' },
      { kind: 'teams', url: 'https://teams.example/planted-secret' },
    ];
    const answer = await server.ask(PATH, { method: 'PUT', body: { alerts: { sinks } } });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('https://teams.example/…');
    expect(answer.text).not.toContain('planted');
  } finally {
    await server.close();
  }
});

function configured(env: NodeJS.ProcessEnv = {}) {
  return configuredModel(loadConfiguration({ flags: new Map(), configFile: 'x', env, readFile: () => FILE }));
}

test('the configuration in storage wins over the file, and the environment over both', () => {
  const settings: ModelSettings = {
    psiThreshold: 0.5,
    minSamples: 50,
    columns: { zip: { type: 'categorical' } },
    alerts: { reminderHours: 5, rules: { feature: { critical: null } } },
  };
  const plain = withModelConfig(configured(), { settings });
  expect(plain.judgement).toMatchObject({ psiThreshold: 0.5, minSamples: 50, ksThreshold: 0.2 });
  expect(plain.alerts).toMatchObject({ reminderHours: 5, cooldownHours: 4, sinks: [{ kind: 'slack' }] });
  expect(plain.alerts.rules.feature).toEqual({ info: null, warning: 1, critical: null });
  const decided = withModelConfig(configured({ DRIFT_PSI_THRESHOLD: '0.7' }), { settings });
  expect(decided.judgement).toMatchObject({ psiThreshold: 0.7, minSamples: 50 });
});

test('a template may not smuggle a secret out either', () => {
  const sink = sinkSettings.parse({
    kind: 'webhook',
    url: 'https://x.example',
    format: 'template',
    template: REFERENCE,
  });
  expect(borrowsSecret(sink, configured().alerts.sinks)).toBe(true);
});
