import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { EXAMPLE, generate, prometheusExample, readChartFile } from '../../charts/generate.ts';
import { at } from './helm.ts';

const files = { schema: readChartFile('values.schema.json'), readme: readChartFile('README.md') };
const schema: unknown = JSON.parse(files.schema);

/** Every schema of a value: path, schema. */
function* valueSchemas(container: unknown, path = ''): Generator<[string, unknown]> {
  for (const [name, inner] of Object.entries(at(container, 'properties') ?? {})) {
    yield [`${path}${name}`, inner];
    yield* valueSchemas(inner, `${path}${name}.`);
    const items = at(inner, 'items');
    if (at(items, 'type') === 'object') yield [`${path}${name}[]`, items];
    yield* valueSchemas(items, `${path}${name}[].`);
    yield* valueSchemas(at(inner, 'additionalProperties'), `${path}${name}.*.`);
  }
}

test('the settings in values.schema.json and the table in the README are current: npm run chart', () => {
  const after = generate(files, readChartFile('values.yaml'));
  expect(after.schema).toBe(files.schema);
  expect(after.readme).toBe(files.readme);
});

test('the example for Prometheus without the chart has the rules of the chart: npm run chart', () => {
  const example = readFileSync(EXAMPLE, 'utf8');
  expect(example).toBe(prometheusExample(readChartFile('rules/models.yaml')));
  expect(at(parse(example), 'spec', 'groups')).toEqual(parse(readChartFile('rules/models.yaml')));
});

test('every value has a description', () => {
  const nameless = [...valueSchemas(schema)].filter(([, inner]) => !at(inner, 'description'));
  expect(nameless.map(([path]) => path)).toEqual([]);
});

test('no mapping takes a name that it does not know, but for maps and what Kubernetes itself defines', () => {
  const open = [...valueSchemas(schema)].filter(([, inner]) => {
    const isObject = [at(inner, 'type')].flat().includes('object');
    return isObject && at(inner, 'additionalProperties') === true;
  });
  expect(at(schema, 'additionalProperties')).toBe(false);
  expect(open.map(([path]) => path)).toEqual([
    'affinity.nodeAffinity',
    'affinity.podAffinity',
    'affinity.podAntiAffinity',
    'extraEnv[].valueFrom',
    'extraVolumes[]',
    'networkPolicy.serveFrom[]',
    'networkPolicy.extraEgress[].to[]',
    'global',
  ]);
  for (const [path, inner] of valueSchemas(schema)) {
    if ([at(inner, 'type')].flat().includes('object')) expect(inner, path).toHaveProperty('additionalProperties');
  }
});

test('every value of values.yaml is in the schema, and every value of the schema that is no list has its default there', () => {
  const values: unknown = parse(readChartFile('values.yaml'));
  for (const [path] of valueSchemas(schema)) {
    if (/\[\]|\*|^settings\.|^global|^affinity\.|ephemeral-storage/.test(path)) continue;
    expect(at(values, ...path.split('.')), path).toBeDefined();
  }
});

test('the chart is of the version of the program', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(parse(readChartFile('Chart.yaml'))).toMatchObject({ appVersion: version });
});
