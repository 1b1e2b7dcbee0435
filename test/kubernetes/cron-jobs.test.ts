import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { findCronJob, jobsOf, manualJob } from '../../src/kubernetes/cron-jobs.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { aCronJob, aJob, KUBECTL_JOB } from './recorded.ts';

let api: ApiServer;
let cluster: Cluster;

beforeEach(async () => {
  api = await startApiServer();
  cluster = await connect({ kubeconfig: api.kubeconfig, context: undefined, namespace: undefined, env: {}, cwd: '/' });
});
afterEach(() => api.close());

test('a Job by hand is the one that kubectl create job --from makes, but for its name', async () => {
  api.cronJobs.push(aCronJob());
  await cluster.createJob(manualJob(await findCronJob(cluster, undefined), []));
  const { name: _, namespace: __, ...metadata } = KUBECTL_JOB.metadata;
  expect(api.requests.at(-1)?.body).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata, generateName: 'r-drift-monitor-manual-' },
    spec: KUBECTL_JOB.spec,
  });
});

test('options for detect stand behind those of the job, in the container that kubectl logs would choose', () => {
  const cronJob = aCronJob();
  const { template } = cronJob.spec?.jobTemplate.spec ?? {};
  template?.spec?.containers.unshift({ name: 'proxy', args: ['serve'] });
  if (template !== undefined) {
    template.metadata = { annotations: { 'kubectl.kubernetes.io/default-container': 'drift-monitor' } };
  }
  const containers = manualJob(cronJob, ['--at', '2026-11-20T00:00:00Z']).spec?.template.spec?.containers;
  expect(containers?.map(({ args }) => args)).toEqual([
    ['serve'],
    ['detect', '--model-name', 'churn', '--at', '2026-11-20T00:00:00Z'],
  ]);
  expect(template?.spec?.containers[1]?.args).toEqual(['detect', '--model-name', 'churn']);
});

test('without a name the only CronJob of this program is meant; with a name no list is asked for', async () => {
  api.cronJobs.push(aCronJob('backup'), aCronJob('churn-monitor'));
  api.cronJobs[0]!.metadata!.labels = { 'app.kubernetes.io/component': 'backup' };
  expect((await findCronJob(cluster, undefined)).metadata?.name).toBe('churn-monitor');
  api.requests.length = 0;
  expect((await findCronJob(cluster, 'backup')).metadata?.name).toBe('backup');
  expect(api.requests.map(({ access }) => access)).toEqual(['get cronjobs']);
});

test('no CronJob: where it was looked for and what to do', async () => {
  await expect(findCronJob(cluster, undefined)).rejects.toThrow(
    `there is no CronJob with the label app.kubernetes.io/component=drift-monitor in namespace team (context lab, ${api.url}); ` +
      'say where with --namespace and --context, name one without the label with --cronjob, or install the chart',
  );
});

test('several CronJobs are listed, on whatever page the API tells them', async () => {
  api.pageSize = 1;
  api.cronJobs.push(aCronJob('b'), aCronJob('a'), aCronJob('c'));
  await expect(findCronJob(cluster, undefined)).rejects.toThrow(
    /several CronJobs in .*: a, b, c; say which with --cronjob/,
  );
});

test('runs are the Jobs that the CronJob owns, the latest first', () => {
  const other = aJob('other', {}, new Date('2026-11-21T15:00:00Z'));
  other.metadata!.ownerReferences = [
    { apiVersion: 'batch/v1', kind: 'CronJob', name: 'r-drift-monitor', uid: 'before' },
  ];
  const jobs = [aJob('first', {}, new Date('2026-11-21T13:00:00Z')), other, aJob('second')];
  expect(jobsOf(aCronJob(), jobs).map(({ metadata }) => metadata?.name)).toEqual(['second', 'first']);
});
