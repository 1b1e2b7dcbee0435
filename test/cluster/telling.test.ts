import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../charts/helm.ts';
import { TELLING_KUBERNETES } from '../charts/values.ts';
import { drift } from '../commands/built-program.ts';
import { items, ok } from './api.ts';
import { kubeconfigOf, OBSTACLE, openNamespace, SKIPPED, type TestNamespace } from './release.ts';

/** The program as the chart's ServiceAccount, with the rights that the chart gives it. */
describe.skipIf(OBSTACLE !== '')(`in a cluster, alerts${SKIPPED}`, () => {
  let namespace: TestNamespace;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    namespace = await openNamespace();
    folder = mkdtempSync(join(tmpdir(), 'telling-cluster-'));
    namespace.install('drift-monitor', { ...TELLING_KUBERNETES, fullnameOverride: 'drift-monitor' });
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(await kubeconfigOf(namespace, 'drift-monitor')), { mode: 0o600 });
    const settings = { ...TELLING_KUBERNETES.settings, models: TELLING_KUBERNETES.models };
    writeFileSync(join(folder, 'drift.yaml'), JSON.stringify(settings));
    env = { KUBECONFIG: kubeconfig, SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/' };
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await namespace?.remove();
  });

  const run = (...args: string[]) =>
    drift([...args, '--config', join(folder, 'drift.yaml'), '--storage-url', `file:${folder}`], { env });

  test('become Events of the CronJob', async () => {
    expect(await run('alerts', 'test', '--sink', 'kubernetes-event')).toMatchObject({ code: 0 });
    const events = await items(namespace.api.get(namespace.path('events')));
    const ours = events.filter((event) => at(event, 'source', 'component') === 'drift-monitor');
    expect(ours).toMatchObject([
      {
        involvedObject: { apiVersion: 'batch/v1', kind: 'CronJob', name: 'drift-monitor', uid: expect.any(String) },
        reason: 'ModelDrift',
      },
    ]);
  });

  test('start one retraining Job from its CronJob, and the trigger says which', async () => {
    const template = await ok(namespace.api.get(namespace.path('cronjobs/drift-monitor')));
    const trainer = { metadata: { name: 'train-churn' }, spec: { ...Object(at(template, 'spec')), suspend: true } };
    await ok(namespace.api.create(namespace.path('cronjobs'), trainer));
    const { code, stdout } = await run('retrain', 'trigger', '--model-name', 'churn');
    expect(code).toBe(0);
    const jobs = await items(namespace.api.get(namespace.path('jobs')));
    const own = jobs.filter((job) => at(job, 'metadata', 'ownerReferences', 0, 'name') === 'train-churn');
    expect(own).toHaveLength(1);
    expect(stdout).toContain(String(at(own[0], 'metadata', 'name')));
  });
});
