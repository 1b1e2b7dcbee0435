import type { V1Job, V1PodStatus } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { runOf } from '../../src/kubernetes/run.ts';
import * as recorded from './recorded.ts';

const { aJob, aPod, exited } = recorded;

type Row = [string, NonNullable<V1Job['status']>, V1PodStatus[], object];

test.each<Row>([
  [
    'finished',
    recorded.COMPLETE,
    [exited(0, 'Completed')],
    { state: 'succeeded', exitCode: 0, summary: 'finished (exit 0)' },
  ],
  ['finished, its pod deleted', recorded.COMPLETE, [], { state: 'succeeded', exitCode: 0 }],
  [
    'exit 1, with what the container left as its last words',
    recorded.BACKOFF_LIMIT,
    [exited(1), exited(1, 'Error', 'first\ncannot read x\n')],
    { state: 'failed', exitCode: 1, summary: 'error (exit 1), 2 attempts', explanation: 'cannot read x' },
  ],
  [
    'exit 2',
    recorded.POD_FAILURE_POLICY,
    [exited(2)],
    { state: 'failed', exitCode: 2, summary: 'bad usage or configuration (exit 2)' },
  ],
  [
    'exit 3',
    recorded.POD_FAILURE_POLICY,
    [exited(3)],
    { state: 'failed', exitCode: 3, summary: 'found what --fail-on names (exit 3)' },
  ],
  [
    'exit 3, where the last line of the log is only a ruler',
    recorded.POD_FAILURE_POLICY,
    [exited(3, 'Error', 'Alerts: 2 (1 CRITICAL, 1 WARNING)\n=====\n')],
    { exitCode: 3, explanation: 'Alerts: 2 (1 CRITICAL, 1 WARNING)' },
  ],
  [
    'out of memory',
    recorded.BACKOFF_LIMIT,
    [recorded.OUT_OF_MEMORY],
    {
      state: 'failed',
      reason: 'OOMKilled',
      exitCode: 137,
      summary: 'out of memory, 2 attempts',
      explanation: 'used more memory than its limit of 512Mi; raise resources.limits.memory',
    },
  ],
  [
    'deadline exceeded, whatever the pod says',
    recorded.DEADLINE,
    [exited(143)],
    {
      state: 'failed',
      reason: 'DeadlineExceeded',
      summary: 'deadline exceeded',
      explanation:
        'stopped after its deadline of 600 s: raise activeDeadlineSeconds, or find what took so long; without a log it waited for a node or its image',
    },
  ],
  [
    'image cannot be pulled',
    {},
    [recorded.IMAGE_PULL],
    {
      state: 'waiting',
      reason: 'ImagePullBackOff',
      isStuck: true,
      summary: 'image cannot be pulled',
      explanation: expect.stringMatching(
        /^check name and tag of registry\.invalid\/none:1, .*: Back-off pulling image/,
      ),
    },
  ],
  [
    'its configuration is missing',
    {},
    [recorded.NO_CONFIG_MAP],
    { state: 'waiting', isStuck: true, explanation: 'configmap "absent" not found' },
  ],
  [
    'unschedulable',
    {},
    [recorded.UNSCHEDULABLE],
    {
      state: 'waiting',
      reason: 'Unschedulable',
      summary: 'waits for a node',
      explanation: expect.stringMatching(/^0\/1 nodes are available: 1 node\(s\) didn't match/),
    },
  ],
  [
    'evicted',
    recorded.BACKOFF_LIMIT,
    [recorded.EVICTED],
    {
      state: 'failed',
      reason: 'Evicted',
      explanation: expect.stringMatching(/^Usage of EmptyDir volume "tmp" exceeds/),
    },
  ],
  [
    'preempted',
    recorded.BACKOFF_LIMIT,
    [recorded.PREEMPTED],
    { state: 'failed', reason: 'PreemptionByScheduler', explanation: expect.stringContaining('no fault of the run') },
  ],
  [
    'a program that is not there',
    recorded.BACKOFF_LIMIT,
    [recorded.START_ERROR],
    {
      state: 'failed',
      reason: 'StartError',
      summary: 'cannot start: StartError, 2 attempts',
      explanation: expect.stringContaining('exec: "/no/such"'),
    },
  ],
  [
    'a container that was lost with its node had started',
    recorded.BACKOFF_LIMIT,
    [recorded.STATUS_UNKNOWN],
    {
      state: 'failed',
      reason: 'ContainerStatusUnknown',
      exitCode: 137,
      summary: 'ContainerStatusUnknown (exit 137), 2 attempts',
      explanation: 'The container could not be located when the pod was terminated',
    },
  ],
  ['starting', {}, [recorded.STARTING], { state: 'waiting', summary: 'starting' }],
  ['still running', {}, [recorded.RUNNING], { state: 'running', summary: 'still running' }],
  [
    'a second attempt',
    { failed: 1 },
    [recorded.OUT_OF_MEMORY, recorded.RUNNING],
    { state: 'running', summary: 'still running, attempt 2' },
  ],
  [
    'between two attempts',
    { failed: 1 },
    [recorded.OUT_OF_MEMORY],
    { state: 'running', summary: 'out of memory; may be tried again' },
  ],
  ['no pod yet', {}, [], { state: 'waiting', reason: 'NoPod' }],
  [
    'failed, its pods deleted',
    recorded.BACKOFF_LIMIT,
    [],
    {
      state: 'failed',
      summary: 'failed: BackoffLimitExceeded',
      explanation: 'Job has reached the specified backoff limit; its pods are gone, and why with them',
    },
  ],
])('how a run stands: %s', (_, status, pods, outcome) => {
  const run = runOf(aJob('x', status), pods.map((pod, attempt) => aPod('x', pod, attempt)).reverse());
  expect(run.outcome).toMatchObject(outcome);
});

test('a run lasts from the start of its Job to its end, however it ends', () => {
  const ends = [recorded.COMPLETE, recorded.DEADLINE, {}].map((status) => runOf(aJob('x', status), []));
  expect(ends.map(({ startedAt }) => startedAt?.toISOString())).toEqual(Array(3).fill('2026-11-21T14:05:23.000Z'));
  expect(ends.map(({ finishedAt }) => finishedAt?.toISOString())).toEqual([
    '2026-11-21T14:05:34.000Z',
    '2026-11-21T14:05:34.000Z',
    undefined,
  ]);
});
