import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../../src/kubernetes/cluster.ts';
import { createEventOnce } from '../../src/kubernetes/events.ts';
import { createJobOnce } from '../../src/kubernetes/job-from-cron-job.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { aCronJob, forbidden, NAMESPACE } from './recorded.ts';

let api: ApiServer;
beforeEach(async () => {
  api = await startApiServer();
});
afterEach(() => api.close());

const connected = () =>
  connect({ kubeconfig: api.kubeconfig, context: undefined, namespace: undefined, env: {}, cwd: '/' });

const EVENT = {
  name: 'drift-monitor-0123',
  kind: 'CronJob',
  object: 'drift',
  type: 'Warning',
  reason: 'ModelDrift',
  message: 'churn v1: 1 WARNING new',
} as const;

const exists = (what: string) => ({ code: 409, message: `${what} already exists`, reason: 'AlreadyExists' });

test('an event is created in the namespace of its object', async () => {
  await createEventOnce(await connected(), EVENT, new Date(0));
  expect(api.requests).toMatchObject([
    { access: 'get cronjobs' },
    {
      access: 'create events',
      body: {
        metadata: { name: 'drift-monitor-0123', namespace: NAMESPACE },
        involvedObject: { kind: 'CronJob', name: 'drift', apiVersion: 'batch/v1', namespace: NAMESPACE },
        type: 'Warning',
        reason: 'ModelDrift',
      },
    },
  ]);
});

test('an event that is there already is no failure, one that is forbidden says which right is missing', async () => {
  api.refusals.set('create events', exists('events "drift-monitor-0123"'));
  await createEventOnce(await connected(), EVENT, new Date(0));
  api.refusals.set('create events', forbidden('create', 'events', ''));
  await expect(createEventOnce(await connected(), EVENT, new Date(0))).rejects.toThrow(
    /resources: \["events"\], verbs: \["create"\]/,
  );
});

test('a Job from a CronJob has the name that was asked for, and a second one of that name is none', async () => {
  const cronJob = aCronJob();
  api.cronJobs.push(cronJob);
  const cluster = await connected();
  const name = cronJob.metadata?.name ?? '';
  await createJobOnce(cluster, name, 'retrain-1');
  const { metadata, spec } = api.jobs[0] ?? {};
  expect(metadata).toMatchObject({ name: 'retrain-1', ownerReferences: [{ kind: 'CronJob' }] });
  expect(metadata?.generateName).toBeUndefined();
  expect(spec?.template.spec?.containers[0]?.image).toBe(
    cronJob.spec?.jobTemplate.spec?.template.spec?.containers[0]?.image,
  );
  api.refusals.set('create jobs', exists('jobs.batch "retrain-1"'));
  await createJobOnce(cluster, name, 'retrain-1');
  await expect(createJobOnce(cluster, 'nothing', 'retrain-2')).rejects.toThrow(/no CronJob nothing/);
});
