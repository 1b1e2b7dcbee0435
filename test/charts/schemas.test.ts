import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { HELM, KUBECONFORM, render } from './helm.ts';
import { COMBINATIONS } from './values.ts';

// kubeconform fetches its schemas unless it is told where they are, and tests fetch nothing.
const LOCATION = process.env.KUBECONFORM_SCHEMA_LOCATION;
const missing = [
  ...(HELM === undefined ? ['no helm on the PATH'] : []),
  ...(KUBECONFORM === undefined ? ['no kubeconform on the PATH'] : []),
  ...(LOCATION === undefined ? ['no KUBECONFORM_SCHEMA_LOCATION'] : []),
];
const skipped = missing.length > 0 ? ` (skipped: ${missing.join(', ')})` : '';

describe.skipIf(missing.length > 0)(`what the chart renders${skipped}`, () => {
  test.each([...COMBINATIONS])('%s: has no field that Kubernetes does not know', (_, values) => {
    const input = render(values)
      .map((manifest) => stringify(manifest))
      .join('---\n');
    const flags = ['-strict', '-summary', '-skip', 'PrometheusRule,ServiceMonitor', '-schema-location', LOCATION ?? ''];
    const { status, stdout, stderr } = spawnSync(KUBECONFORM ?? '', [...flags, '-'], { encoding: 'utf8', input });
    expect(status, stdout + stderr).toBe(0);
  });
});
