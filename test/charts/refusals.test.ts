import { describe, expect, test } from 'vitest';
import { parseStorageUrl } from '../../src/storage/storage-url.ts';
import { at, CHART, HELM, helm, NO_HELM, only, render } from './helm.ts';
import { MINIMAL } from './values.ts';

/** What Helm says when it refuses the values. */
function refusal(values: object, flags: readonly string[] = []): string {
  const { status, stderr } = helm(['template', 'r', CHART, ...flags], values);
  expect(status).not.toBe(0);
  return stderr;
}

describe.skipIf(HELM === undefined)(`the chart refuses values${NO_HELM}`, () => {
  test('says in one sentence each that storage.url and models are missing', () => {
    const said = refusal({});
    expect(said).toContain('storage.url is missing: say where');
    expect(said).toContain('models is empty: name at least one model');
    expect(refusal({ models: MINIMAL.models })).not.toContain('models is empty');
    expect(refusal({ storage: MINIMAL.storage })).not.toContain('storage.url is missing');
    expect(refusal({ ...MINIMAL, storage: null })).toContain('storage');
  });

  test.each([
    ['a misspelt value', { ...MINIMAL, shedule: '* * * * *' }, 'shedule'],
    ['a misspelt value inside another', { ...MINIMAL, storage: { ...MINIMAL.storage, ulr: 'x' } }, 'ulr'],
    ['a setting that the program does not have', { ...MINIMAL, settings: { psiTreshold: 0.3 } }, 'psiTreshold'],
    ['a setting out of bounds', { ...MINIMAL, settings: { psiThreshold: 0 } }, 'psiThreshold'],
    ['a weight of 0', { ...MINIMAL, settings: { importance: { age: 0 } } }, 'importance'],
    ['a column without a name', { ...MINIMAL, settings: { labelColumn: '' } }, 'labelColumn'],
    ['a model without a version', { ...MINIMAL, models: [{ name: 'churn' }] }, 'version'],
    ['an unknown mode of scaling', { ...MINIMAL, scale: { mode: 'cluster' } }, 'mode'],
    ['a tag whose digits may have been lost', { ...MINIMAL, image: { tag: 1.0 } }, 'image.tag: 1 is a number'],
  ])('refuses %s and names it', (_, values, name) => {
    expect(refusal(values)).toContain(name);
  });

  test('columns whose names YAML 1.1 takes for true or false are to be written in quotes', () => {
    const places: [string, (columns: object) => object][] = [
      ['settings.columns', (columns) => ({ settings: { columns } })],
      ['models[1].columns', (columns) => ({ models: [...MINIMAL.models, { name: 'm', version: 'v', columns }] })],
    ];
    for (const name of ['y', 'n', 'no', 'on', 'true']) {
      for (const [place, values] of places) {
        const bare = values({ [name]: { type: 'ignore' } });
        expect(refusal({ ...MINIMAL, ...bare })).toMatch(
          new RegExp(`${place.replace(/[[\]]/g, '\\$&')} has a column called (true|false).*write it in quotes`),
        );
      }
    }
    const weights = { importance: { y: 0.5 } };
    const said = refusal({ ...MINIMAL, settings: weights, models: [{ name: 'm', version: 'v', ...weights }] });
    expect(said).toContain('settings.importance has a column called true');
    expect(said).toContain('models[0].importance has a column called true');
    const quoted = render(MINIMAL, ['--set-json', 'settings.importance={"y":0.5,"off":0.5}']);
    expect(at(only(quoted, 'ConfigMap'), 'data', 'drift-monitor.yaml')).toContain('"off": 0.5\n  "y": 0.5');
  });

  test.each([
    'x',
    'data',
    '/data',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9v',
    'ftp://a.example/container',
    'file:',
    'file:data',
    'file:./data',
    'file:../data',
    'file://data',
    'file:///a%zz',
    'https://',
    'https://account.blob.core.windows.net',
    'https://account.blob.core.windows.net/',
    'https://account.blob.core.windows.net/c',
    'https://account.blob.core.windows.net/Container',
    'https://account.blob.core.windows.net/con--tainer',
    `https://account.blob.core.windows.net/${'c'.repeat(64)}`,
    'https://account.blob.core.windows.net/container//prefix',
    'https://account.blob.core.windows.net/container/a%2',
    'https://account.blob.core.windows.net/container#part',
    'https://account.dfs.core.windows.net/container',
    'https://name:password@account.blob.core.windows.net/container',
    'http://127.0.0.1:10000/account',
    'http://azurite:10000/account',
  ])('storage at %s, which the program would refuse or look for in the pod', (url) => {
    const isRelative = /^file:[^/]/.test(url);
    if (!isRelative) expect(() => parseStorageUrl(url)).toThrow();
    for (const name of ['url', 'logsUrl']) {
      const said = refusal({ ...MINIMAL, storage: { ...MINIMAL.storage, [name]: url } });
      expect(said).toMatch(new RegExp(`storage\\.${name} is no (storage URL|absolute path)`));
      expect(said).not.toMatch(/password|Zm9v/);
    }
  });

  test.each([
    'file:/data',
    'file:///data/a%20b',
    'FILE:/data',
    'https://account.blob.core.windows.net/container/a/b/',
    'https://account.blob.core.windows.net/$web',
    'HTTPS://account.blob.core.windows.net:443/con-tainer/a%20@b',
    'http://127.0.0.1:10000/account/container',
    'http://[::1]:10000/account/container/prefix',
    'http://azurite:10000/account/container',
  ])('but not storage at %s, which it takes', (url) => {
    expect(() => parseStorageUrl(url)).not.toThrow();
    expect(render({ ...MINIMAL, storage: { url, logsUrl: url } })).not.toEqual([]);
  });

  test.each(['?sv=1&sig=secret', '?SIG=secret', '?sv=1&%73ig=secret', '?'])(
    'storage with the query %s, which could be a SAS, without repeating it',
    (query) => {
      for (const name of ['url', 'logsUrl']) {
        const url = `https://account.blob.core.windows.net/container${query}`;
        const said = refusal({ ...MINIMAL, storage: { ...MINIMAL.storage, [name]: url } });
        expect(said).toContain(`storage.${name} has a query, as a SAS is`);
        expect(said).not.toContain('secret');
      }
    },
  );

  test('a model that is listed twice, but not two versions of it', () => {
    const churn = { name: 'churn', version: 'v7' };
    expect(refusal({ ...MINIMAL, models: [churn, { name: 'fraud', version: 'v7' }, churn] })).toContain(
      'models lists churn v7 twice',
    );
    const numbers = '--set=models[0].name=churn,models[0].version=1,models[1].name=churn,models[1].version=1';
    expect(refusal({ storage: MINIMAL.storage }, [numbers])).toContain('models lists churn 1 twice');
    expect(render({ ...MINIMAL, models: [churn, { ...churn, version: 'v8' }] })).not.toEqual([]);
  });

  test.each(['tmp', 'settings'])("a volume with the name %s, which is one of the chart's own", (name) => {
    expect(refusal({ ...MINIMAL, extraVolumes: [{ name, emptyDir: {} }] })).toContain(
      `extraVolumes has ${name}, which is a volume of the chart itself: give it another name.`,
    );
  });

  test.each([
    'app.kubernetes.io/name',
    'app.kubernetes.io/instance',
    'app.kubernetes.io/component',
    'app.kubernetes.io/version',
    'app.kubernetes.io/managed-by',
    'helm.sh/chart',
  ])('the label %s, which the chart itself sets, wherever labels are given', (key) => {
    const labels = { [key]: 'x' };
    const said = refusal({
      ...MINIMAL,
      ...{ commonLabels: labels, podLabels: labels, prometheusRule: { labels }, grafanaDashboard: { labels } },
    });
    for (const name of ['commonLabels', 'podLabels', 'prometheusRule.labels', 'grafanaDashboard.labels']) {
      expect(said).toContain(`${name} has ${key}, which the chart itself sets: leave it out.`);
    }
  });

  test("workload identity's label besides its client id, but not without one", () => {
    const labels = { 'azure.workload.identity/use': 'true' };
    const identity = { workloadIdentity: { clientId: '0a1b2c3d-0000-4000-8000-000000000000' } };
    for (const name of ['commonLabels', 'podLabels']) {
      expect(refusal({ ...MINIMAL, ...identity, [name]: labels })).toContain(
        `${name} has azure.workload.identity/use, which the chart itself sets`,
      );
      expect(render({ ...MINIMAL, [name]: labels })).not.toEqual([]);
    }
  });

  test('variables that the chart itself sets, and only where it does', () => {
    const secret = { storage: { ...MINIMAL.storage, existingSecret: 's' } };
    const scaled = { scale: { mode: 'auto' } };
    const places: [string, object][] = [
      ['TMPDIR', {}],
      ['AZURE_STORAGE_CONNECTION_STRING', secret],
      ['POD_NAME', scaled],
      ['POD_NAMESPACE', scaled],
    ];
    for (const [name, values] of places) {
      const extraEnv = [{ name, value: 'x' }];
      expect(refusal({ ...MINIMAL, ...values, extraEnv })).toContain(
        `extraEnv has ${name}, which the chart itself sets: leave it out.`,
      );
      if (name !== 'TMPDIR') expect(render({ ...MINIMAL, extraEnv })).not.toEqual([]);
    }
  });
});
