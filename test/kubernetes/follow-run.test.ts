import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cluster, connect } from '../../src/kubernetes/cluster.ts';
import { followRun } from '../../src/kubernetes/follow-run.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import * as recorded from './recorded.ts';

const { aJob, aPod, exited } = recorded;
const START = Date.parse('2026-11-21T14:05:23Z');

let api: ApiServer;
let cluster: Cluster;
beforeEach(async () => {
  api = await startApiServer();
  cluster = await connect({ kubeconfig: api.kubeconfig, context: undefined, namespace: undefined, env: {}, cwd: '/' });
});
afterEach(() => api.close());

/** Plays what happens on the cluster, one step for each time that it is waited. */
async function follow(steps: readonly (() => void)[], { withLog = false, job = 'x' } = {}) {
  const left = [...steps];
  let now = START;
  const told: string[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
      const step = left.shift();
      if (step === undefined) throw new Error('waited longer than expected');
      step();
    },
  };
  const followers = {
    onChange: ({ summary }: { readonly summary: string }) => void told.push(`- ${summary}`),
    onLostLog: (reason: string) => void told.push(`lost: ${reason}`),
    ...(withLog && { onLine: async (line: string) => void told.push(line) }),
  };
  const run = await followRun(cluster, job, followers, clock);
  return { run, told };
}

const setJob = (status: object) => api.jobs.splice(0, 1, aJob('x', status));
const setPod = (status: object, attempt = 0) => (api.pods[attempt] = aPod('x', status, attempt));

test('it waits for the end and tells each change once', async () => {
  setJob({});
  const { run, told } = await follow([
    () => setPod(recorded.UNSCHEDULABLE),
    () => undefined,
    () => setPod(recorded.RUNNING),
    () => undefined,
    () => setPod(exited(0)),
    () => setJob(recorded.COMPLETE),
  ]);
  expect(run.outcome).toMatchObject({ state: 'succeeded', exitCode: 0 });
  expect(told).toEqual(['- has no pod yet', '- waits for a node', '- still running', '- finished (exit 0)']);
});

test('with a log: that of each attempt, in their order, to its end', async () => {
  setJob({ failed: 1 });
  setPod(exited(1), 1);
  setPod(exited(1), 0);
  api.logs.set('x-pod0', ['first attempt', 'fails']).set('x-pod1', ['second attempt']);
  const { run, told } = await follow([() => setJob(recorded.BACKOFF_LIMIT)], { withLog: true });
  expect(told.filter((line) => !line.startsWith('-'))).toEqual(['first attempt', 'fails', 'second attempt']);
  expect(run.outcome).toMatchObject({ state: 'failed', summary: 'error (exit 1), 2 attempts' });
});

test('why a run ended is known although its pods have been deleted since', async () => {
  setJob({});
  setPod(recorded.OUT_OF_MEMORY);
  const gone = () => {
    api.pods.length = 0;
    setJob(recorded.BACKOFF_LIMIT);
  };
  expect((await follow([gone])).run.outcome).toMatchObject({ reason: 'OOMKilled' });
});

test('an image that cannot be pulled ends the wait', async () => {
  setJob({});
  setPod(recorded.IMAGE_PULL);
  await expect(follow([])).rejects.toThrow(
    /^x: image cannot be pulled: check name and tag of registry\.invalid\/none:1/,
  );
});

test('a Job that is deleted meanwhile ends the wait', async () => {
  setJob({});
  await expect(follow([() => api.jobs.splice(0)])).rejects.toThrow(/^the Job x is gone: .*how it ended is not known$/);
});

test('a log that is gone does not end the wait', async () => {
  setJob({});
  setPod(exited(0));
  api.refusals.set('get pods/log', recorded.notFound('pods "x-pod0"'));
  const { run, told } = await follow([() => setJob(recorded.COMPLETE)], { withLog: true });
  expect(run.outcome.state).toBe('succeeded');
  expect(told).toContainEqual(expect.stringMatching(/^lost: there is no log of the pod x-pod0/));
});

test('an API server that is away for a while does not end the wait', async () => {
  setJob({});
  const away = () => api.refusals.set('get jobs', { code: 503, reason: 'ServiceUnavailable', message: 'starting' });
  const back = () => {
    api.refusals.clear();
    setJob(recorded.COMPLETE);
  };
  const { run } = await follow([away, ...Array(60).fill(() => undefined), back]);
  expect(run.outcome.state).toBe('succeeded');
});

test('a Job that gets no pod is told why, from its events', async () => {
  api.jobs.push(aJob('nosa'));
  api.events.push(recorded.FAILED_CREATE);
  const waits = Array(11).fill(() => undefined);
  const end = () => {
    api.jobs.splice(0, 1, aJob('nosa', recorded.DEADLINE));
  };
  const { told } = await follow([...waits, end], { job: 'nosa' });
  expect(told).toEqual(['- has no pod yet', '- gets no pod']);
  const query = api.requests.find(({ access }) => access === 'list events')?.query;
  expect(query?.get('fieldSelector')).toBe('involvedObject.kind=Job,involvedObject.name=nosa');
});

test('a look at a run costs two requests', async () => {
  setJob({});
  await follow([() => setPod(recorded.RUNNING), () => setJob(recorded.COMPLETE)]);
  expect(api.requests.map(({ access }) => access)).toEqual(Array(3).fill(['get jobs', 'list pods']).flat());
});
