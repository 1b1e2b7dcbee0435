import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchema } from '../../src/commands/schema.ts';
import { aFeature, anAlert, aReport } from '../report/a-report.ts';

test.each(['baseline', 'report', 'alert', 'history', 'config'] as const)('schema %s is a JSON Schema', async (name) => {
  const schema = await jsonSchema(name);
  expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
  expect(() => z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])).not.toThrow();
});

test('the JSON Schema of a report accepts a report and nothing less', async () => {
  const schema = z.fromJSONSchema((await jsonSchema('report')) as Parameters<typeof z.fromJSONSchema>[0]);
  const report = aReport('2025-12-25T00:00:00Z', {
    features: [aFeature('x', 'drift')],
    alerts: [anAlert('a'.repeat(16))],
  });
  const { alerts: _, ...incomplete } = report;
  expect(schema.safeParse(report).error).toBeUndefined();
  expect(schema.safeParse(incomplete).success).toBe(false);
  expect(schema.safeParse({ ...report, status: 'fine' }).success).toBe(false);
});

test('the JSON Schema of the configuration accepts a partial file and no unknown setting', async () => {
  const schema = z.fromJSONSchema((await jsonSchema('config')) as Parameters<typeof z.fromJSONSchema>[0]);
  expect(schema.safeParse({ minSamples: 50, models: [{ name: 'a', version: 'v1' }] }).error).toBeUndefined();
  expect(schema.safeParse({}).error).toBeUndefined();
  expect(schema.safeParse({ minSampels: 50 }).success).toBe(false);
});

test('baselines-schema.json is current: npm run schema', async () => {
  const file = await readFile(new URL('../../baselines-schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(await jsonSchema('baseline'))));
});
