import type { V1Job } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { indexesOf, shardJob } from '../../src/kubernetes/indexed-job.ts';

const NOW = Date.parse('2025-12-24T12:10:00Z');
const RUN = { runId: '0123456789abcdef', planKey: 'shards/plans/0123456789abcdef.json.gz', shards: 8 };
const PODS = { args: ['shard', '--config', '/etc/drift-monitor/drift-monitor.yaml'], parallelism: 3 };

function ownJob(spec: Partial<V1Job['spec']> = {}): V1Job {
  const labels = { 'app.kubernetes.io/name': 'drift-monitor' };
  const ofJob = { 'batch.kubernetes.io/job-name': 'r-1', 'controller-uid': 'u', 'job-name': 'r-1' };
  return {
    metadata: { name: 'r-1', uid: 'uid-1', labels: { ...labels, ...ofJob } },
    spec: {
      activeDeadlineSeconds: 3300,
      backoffLimit: 2,
      template: {
        metadata: { labels: { ...labels, ...ofJob, mine: 'yes' }, annotations: { note: 'kept' } },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: 'sa',
          automountServiceAccountToken: true,
          securityContext: { runAsNonRoot: true },
          containers: [
            {
              name: 'drift-monitor',
              image: 'drift-monitor:1',
              args: ['detect', '--fail-on', 'drift'],
              env: [{ name: 'TMPDIR', value: '/tmp' }],
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
              resources: { limits: { memory: '1Gi' } },
              securityContext: { readOnlyRootFilesystem: true },
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
      ...spec,
    },
    status: { startTime: new Date(NOW - 600_000) },
  };
}

describe('the Job of shards', () => {
  test('has an index for each shard, each with tries of its own, and pods like those of the own Job without its token', () => {
    const own = ownJob();
    const job = shardJob(own, RUN, PODS, NOW);
    expect(job.metadata).toEqual({
      name: 'drift-shards-0123456789abcdef',
      labels: { 'app.kubernetes.io/name': 'drift-monitor', 'drift-monitor/run-id': RUN.runId },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'r-1', uid: 'uid-1', controller: true }],
    });
    expect(job.spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 8,
      parallelism: 3,
      backoffLimitPerIndex: 2,
      maxFailedIndexes: 8,
    });
    expect(job.spec).not.toHaveProperty('backoffLimit');
    const [container] = own.spec?.template.spec?.containers ?? [];
    expect(job.spec?.template).toEqual({
      metadata: {
        labels: { 'app.kubernetes.io/name': 'drift-monitor', mine: 'yes', 'drift-monitor/run-id': RUN.runId },
        annotations: { note: 'kept' },
      },
      spec: {
        ...own.spec?.template.spec,
        automountServiceAccountToken: false,
        containers: [{ ...container, args: [...PODS.args, '--plan', RUN.planKey] }],
      },
    });
    expect(own).toEqual(ownJob());
  });

  test('starts no more pods than there are shards', () => {
    expect(shardJob(ownJob(), { ...RUN, shards: 2 }, PODS, NOW).spec?.parallelism).toBe(2);
  });

  test('of many shards gives up where a tenth of them fails', () => {
    expect(shardJob(ownJob(), { ...RUN, shards: 10_000 }, PODS, NOW).spec?.maxFailedIndexes).toBe(1000);
  });

  test('tries no index again that ends with bad configuration, and counts no drained node', () => {
    expect(shardJob(ownJob(), RUN, PODS, NOW).spec?.podFailurePolicy?.rules).toEqual([
      { action: 'FailIndex', onExitCodes: { containerName: 'drift-monitor', operator: 'In', values: [2] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
  });

  test.each([
    ['five minutes before that of the own Job', 3300, 2400],
    ['earlier where little is left', 1000, 300],
    ['in a minute at least', 610, 60],
    ['after an hour where the own Job has none', undefined, 3600],
  ])('has its deadline %s', (_, activeDeadlineSeconds, expected) => {
    const own = ownJob(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds });
    if (activeDeadlineSeconds === undefined) delete own.spec?.activeDeadlineSeconds;
    expect(shardJob(own, RUN, PODS, NOW).spec?.activeDeadlineSeconds).toBe(expected);
  });
});

test.each([
  ['1,3-5', [1, 3, 4, 5]],
  ['0', [0]],
  ['', []],
  [undefined, []],
])('indexes in short %s are read', (text, expected) => {
  expect([...indexesOf(text)]).toEqual(expected);
});
