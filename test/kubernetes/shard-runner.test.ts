import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/kubernetes/cluster.ts';
import { ClusterError } from '../../src/kubernetes/cluster-error.ts';
import { openShardRunner } from '../../src/kubernetes/shard-runner.ts';

const RUN = { runId: '0123456789abcdef', planKey: 'shards/plans/0123456789abcdef.json.gz', shards: 8 };
const JOB = 'drift-shards-0123456789abcdef';

/** A cluster that remembers. `after`: what the Job of shards looks like at each look, the last one for ever. */
function fakeCluster(after: readonly V1Job['status'][] = []) {
  const notFound = () => new ClusterError('not-found', 'there is none');
  const jobs = new Map<string, V1Job>([['r-1', { metadata: { name: 'r-1', uid: 'u' }, spec: { template: {} } }]]);
  const pods = new Map<string, V1Pod>([
    [
      'r-1-x',
      {
        metadata: { name: 'r-1-x', ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'r-1', uid: 'u' }] },
      },
    ],
    ['lonely', { metadata: { name: 'lonely' } }],
  ]);
  const shardPods: V1Pod[] = [];
  const asked: string[] = [];
  let looks = 0;
  const part: Partial<Cluster> = {
    async getPod(name) {
      const pod = pods.get(name);
      if (pod === undefined) throw notFound();
      return pod;
    },
    async getJob(name) {
      const job = jobs.get(name);
      if (job === undefined) throw notFound();
      if (name !== JOB || after.length === 0) return job;
      const status = after[Math.min(looks, after.length - 1)];
      looks += 1;
      return { ...job, ...(status && { status }) };
    },
    async createJob(job) {
      const name = job.metadata?.name ?? '';
      asked.push(`create ${name}`);
      if (jobs.has(name)) throw new ClusterError('already-exists', 'is there already');
      jobs.set(name, job);
      return job;
    },
    async deleteJob(name) {
      asked.push(`delete ${name}`);
      jobs.delete(name);
    },
    async listPods(selector) {
      asked.push(`list ${selector}`);
      return shardPods;
    },
  };
  return { cluster: part as Cluster, jobs, shardPods, asked };
}

const clock = { now: () => 0, sleep: async () => undefined };

async function runnerOn({ cluster }: { readonly cluster: Cluster }, pod: string | undefined = 'r-1-x') {
  const progress: string[] = [];
  const told = {
    onStart: (job: string, shards: number) => progress.push(`${job}: ${shards}`),
    onProgress: (done: number, of: number) => progress.push(`${done}/${of}`),
  };
  const runner = await openShardRunner(async () => cluster, pod, { args: ['shard'], parallelism: 2 }, told, clock);
  return { runner, progress };
}

const COMPLETE = [{ type: 'Complete', status: 'True' }];
const failedFor = (reason: string, message = 'in words') => [{ type: 'Failed', status: 'True', reason, message }];

describe('shards in a cluster', () => {
  test('are one Job, whose end is waited for', async () => {
    const fake = fakeCluster([{ succeeded: 1 }, { succeeded: 1 }, { succeeded: 8, conditions: COMPLETE }]);
    const { runner, progress } = await runnerOn(fake);
    await runner.start(RUN);
    expect(await runner.ended(RUN)).toEqual({
      causes: new Map(),
      otherwise: expect.stringContaining('without a result'),
    });
    expect(progress).toEqual([`${JOB}: 8`, '1/8', '8/8']);
    expect(fake.asked).toEqual([`create ${JOB}`]);
  });

  test('that another coordinator has started are not started a second time', async () => {
    const fake = fakeCluster();
    fake.jobs.set(JOB, { metadata: { name: JOB } });
    const { runner } = await runnerOn(fake);
    await runner.start(RUN);
    expect(fake.asked).toEqual([`create ${JOB}`]);
  });

  test('are started again where an earlier Job for them has ended', async () => {
    const fake = fakeCluster();
    fake.jobs.set(JOB, { metadata: { name: JOB }, status: { conditions: failedFor('FailedIndexes') } });
    const { runner } = await runnerOn(fake);
    await runner.start(RUN);
    expect(fake.asked).toEqual([`create ${JOB}`, `delete ${JOB}`, `create ${JOB}`]);
  });

  test('that failed for good are told with what became of their last pod', async () => {
    const fake = fakeCluster([{ failedIndexes: '2,5', conditions: failedFor('FailedIndexes') }]);
    const podOf = (index: string, reason: string, exitCode: number, createdAt: string): V1Pod => ({
      metadata: {
        name: `p-${index}-${createdAt}`,
        creationTimestamp: new Date(createdAt),
        labels: { 'batch.kubernetes.io/job-completion-index': index },
      },
      spec: { containers: [{ name: 'drift-monitor', resources: { limits: { memory: '1Gi' } } }] },
      status: {
        phase: 'Failed',
        containerStatuses: [
          {
            name: 'drift-monitor',
            image: '',
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { terminated: { exitCode, reason } },
          },
        ],
      },
    });
    fake.shardPods.push(
      podOf('2', 'OOMKilled', 137, '2025-12-24T12:02:00Z'),
      podOf('2', 'Error', 1, '2025-12-24T12:01:00Z'),
    );
    const { runner } = await runnerOn(fake);
    await runner.start(RUN);
    const { causes } = await runner.ended(RUN);
    expect([...causes.keys()]).toEqual([2, 5]);
    expect(causes.get(2)).toMatch(/at last with: out of memory .*limit of 1Gi/);
    expect(causes.get(5)).toMatch(/failed, and is gone/);
    expect(fake.asked.at(-1)).toBe(
      `list drift-monitor/run-id=,batch.kubernetes.io/job-completion-index in (2,5)`.replace(
        'run-id=',
        `run-id=${RUN.runId}`,
      ),
    );
  });

  test.each([
    ['DeadlineExceeded', /not done within/],
    ['MaxFailedIndexesExceeded', /too many other pods failed/],
    ['Whatever', /were stopped: in words/],
  ])('that a Job has left because of %s are told so', async (reason, expected) => {
    const fake = fakeCluster([{ conditions: failedFor(reason) }]);
    const { runner } = await runnerOn(fake);
    await runner.start(RUN);
    expect((await runner.ended(RUN)).otherwise).toMatch(expected);
  });

  test('whose Job is gone are not waited for', async () => {
    const { runner } = await runnerOn(fakeCluster());
    expect((await runner.ended(RUN)).otherwise).toMatch(/gone/);
  });

  test('need a pod of a Job to be made like', async () => {
    await expect(runnerOn(fakeCluster(), '')).rejects.toThrow(/POD_NAME does not say/);
    await expect(runnerOn(fakeCluster(), 'lonely')).rejects.toThrow(/the pod lonely belongs to no Job/);
    await expect(runnerOn(fakeCluster(), 'nobody')).rejects.toThrow('there is none');
  });
});
