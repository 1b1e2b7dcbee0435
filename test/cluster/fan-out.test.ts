import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { at } from '../charts/helm.ts';
import { drift } from '../commands/built-program.ts';
import { writeParquet } from '../scan/write-parquet.ts';
import { eventually, items, ok } from './api.ts';
import { kubeconfigOf, OBSTACLE, openNamespace, SKIPPED, startJob, type TestNamespace } from './release.ts';

const without = OBSTACLE !== '' || !inject('controllers');
const SKIPPED_HERE = OBSTACLE === '' && without ? ' (skipped: the cluster runs no controllers)' : SKIPPED;

const SHARDS = 8;
const WINDOW = ['--at', '2025-12-24T03:30:00Z', '--window-hours', '2'];

/** The chart's coordinator as a process of this machine, and this test as the kubelet of its pods, which no node takes. */
describe.skipIf(without)(`in a cluster, logs are shared among pods${SKIPPED_HERE}`, () => {
  let namespace: TestNamespace;
  let folder: string;
  let store: DirectoryStore;
  /** The Job that the coordinator's pod is of, and that pod. */
  let own: string;
  let pod: string;
  let running: ChildProcess | undefined;

  beforeAll(async () => {
    namespace = await openNamespace();
    folder = mkdtempSync(join(tmpdir(), 'fan-out-cluster-'));
    store = new DirectoryStore(folder);
    const query = (seed: number, rows: number) => {
      const columns = Array.from(
        { length: 5 },
        (_, column) => `hash(r, ${seed}, ${column})::DOUBLE / 1.8e19 AS n${column}`,
      );
      return `SELECT ${columns.join(', ')}, 'v' || (r % 7) AS c FROM range(${rows}) t(r)`;
    };
    await store.put('training-data/m/v1/a.parquet', await writeParquet(query(0, 2000)));
    for (let file = 0; file < SHARDS; file++) {
      const key = `inference-logs/year=2025/month=12/day=24/hour=0${2 + (file % 2)}/${file}.parquet`;
      // A little less than 1 MiB: each fills a shard.
      await store.put(key, await writeParquet(query(1 + file, 20_000), 'COMPRESSION uncompressed'));
    }
    const generated = await drift(['baseline', 'generate', ...storage(), '--model-name', 'm', '--model-version', 'v1']);
    expect(generated.code).toBe(0);
  });
  afterAll(async () => {
    running?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    await namespace?.remove();
  });

  let release = 0;
  beforeEach(async () => {
    for (const prefix of ['profiles/', 'shards/', 'drift-reports/']) {
      for await (const { key } of store.list(prefix)) await store.delete(key);
    }
    release += 1;
    await install('job');
  });

  /** The chart, with a run of its CronJob whose pod no node takes. */
  async function install(mode: string): Promise<void> {
    const name = `fan-${release}-${mode}`;
    namespace.install(name, {
      fullnameOverride: name,
      storage: { url: 'https://account.blob.core.windows.net/drift' },
      models: [{ name: 'm', version: 'v1' }],
      image: { repository: 'drift-monitor', tag: 'v0.1' },
      nodeSelector: { 'drift-monitor/nowhere': 'true' },
      scale: { mode, shardMib: 1, parallelism: SHARDS },
    });
    own = await startJob(namespace, name);
    const made = await eventually(
      `the pod of ${own}`,
      async () => (await podsOf(`batch.kubernetes.io/job-name=${own}`))[0],
    );
    pod = String(at(made, 'metadata', 'name'));
    writeFileSync(kubeconfigPath(), JSON.stringify(await kubeconfigOf(namespace, name)), { mode: 0o600 });
  }

  const storage = () => ['--storage-url', `file:${folder}`];
  const kubeconfigPath = () => join(folder, 'kubeconfig');
  const podsOf = (selector: string) =>
    items(namespace.api.get(`${namespace.path('pods')}?labelSelector=${encodeURIComponent(selector)}`));
  const shardJobs = async () => {
    const jobs = await items(namespace.api.get(`${namespace.path('jobs')}?labelSelector=drift-monitor%2Frun-id`));
    return jobs.filter((job) => at(job, 'metadata', 'ownerReferences', 0, 'name') === own);
  };

  const environment = (mode: string) => ({
    KUBECONFIG: kubeconfigPath(),
    POD_NAME: pod,
    POD_NAMESPACE: namespace.name,
    DRIFT_SCALE_MODE: mode,
    DRIFT_SCALE_SHARD_MIB: '1',
    DRIFT_SCALE_PARALLELISM: String(SHARDS),
  });
  const detect = ['detect', ...WINDOW, '--model-name', 'm', '--model-version', 'v1', '--json'];
  const coordinate = (mode = 'job') => drift([...detect, ...storage()], { env: environment(mode) });

  /** Plays the pods of a Job until it is over: `exitOf` says how the n-th pod of an index ends. */
  async function play(
    job: unknown,
    exitOf: (index: number, attempt: number) => number,
    stopAfter = Number.POSITIVE_INFINITY,
  ) {
    const name = String(at(job, 'metadata', 'name'));
    const args = at(job, 'spec', 'template', 'spec', 'containers', 0, 'args');
    const plan = Array.isArray(args) ? String(args[args.indexOf('--plan') + 1]) : '';
    const attempts = new Map<number, number>();
    for (let played = 0; played < stopAfter; ) {
      const current = await ok(namespace.api.get(namespace.path(`jobs/${name}`)));
      const conditions = at(current, 'status', 'conditions');
      if (Array.isArray(conditions) && conditions.some(({ type }) => /^(Complete|Failed)$/.test(type))) return;
      const waiting = (await podsOf(`batch.kubernetes.io/job-name=${name}`)).filter(
        (one) => at(one, 'status', 'phase') === 'Pending' && at(one, 'metadata', 'deletionTimestamp') === undefined,
      );
      for (const one of waiting.slice(0, stopAfter - played)) {
        const index = Number(at(one, 'metadata', 'labels', 'batch.kubernetes.io/job-completion-index'));
        const attempt = attempts.get(index) ?? 0;
        attempts.set(index, attempt + 1);
        const exitCode = exitOf(index, attempt);
        if (exitCode === 0) {
          const env = { JOB_COMPLETION_INDEX: String(index) };
          const { code, stderr } = await drift(['shard', '--plan', plan, ...storage()], { env });
          expect(code, stderr).toBe(0);
        }
        await endPod(String(at(one, 'metadata', 'name')), exitCode);
        played += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  async function endPod(name: string, exitCode: number): Promise<void> {
    const reason = exitCode === 0 ? 'Completed' : exitCode === 137 ? 'OOMKilled' : 'Error';
    const container = { name: 'drift-monitor', image: 'x', imageID: 'x', ready: false, restartCount: 0 };
    await ok(
      namespace.api.patch(namespace.path(`pods/${name}/status`), {
        status: {
          phase: exitCode === 0 ? 'Succeeded' : 'Failed',
          containerStatuses: [{ ...container, state: { terminated: { exitCode, reason } } }],
        },
      }),
    );
  }

  const theJob = () => eventually('the Job of the shards', async () => (await shardJobs())[0]);

  async function local(): Promise<string> {
    return withoutRun((await drift([...detect, ...storage(), '--no-cache'])).stdout);
  }

  function withoutRun(stdout: string): string {
    const { run: _, ...report } = JSON.parse(stdout);
    return JSON.stringify(report);
  }

  test('by an Indexed Job like its own; a pod that fails is tried again, a shard that fails for good is a finding', async () => {
    const coordinated = coordinate();
    const job = await theJob();
    const ownJob = await ok(namespace.api.get(namespace.path(`jobs/${own}`)));
    expect(at(job, 'metadata', 'ownerReferences')).toEqual([
      { apiVersion: 'batch/v1', kind: 'Job', name: own, uid: at(ownJob, 'metadata', 'uid'), controller: true },
    ]);
    expect(at(job, 'spec')).toMatchObject({
      completionMode: 'Indexed',
      completions: SHARDS,
      parallelism: SHARDS,
      backoffLimitPerIndex: 2,
      maxFailedIndexes: SHARDS,
    });
    const spec = at(job, 'spec', 'template', 'spec');
    const ownSpec = at(ownJob, 'spec', 'template', 'spec');
    for (const field of ['serviceAccountName', 'securityContext', 'volumes', 'nodeSelector']) {
      expect(at(spec, field), field).toEqual(at(ownSpec, field));
    }
    expect(at(spec, 'automountServiceAccountToken')).toBe(false);
    for (const field of ['image', 'env', 'resources', 'securityContext', 'volumeMounts']) {
      expect(at(spec, 'containers', 0, field), field).toEqual(at(ownSpec, 'containers', 0, field));
    }
    await play(job, (index, attempt) => (index === 2 && attempt === 0 ? 1 : index === 5 ? 137 : 0));
    const { code, stdout, stderr } = await coordinated;
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.inputs.skipped).toEqual([
      { key: expect.stringMatching(/parquet$/), cause: expect.stringContaining('out of memory') },
    ]);
    expect(report.rows).toBe((SHARDS - 1) * 20_000);
    expect(report.run.filesRead).toBe(SHARDS);

    // What is left is one shard; the next run reads it here.
    const next = await coordinate('auto');
    expect(JSON.parse(next.stdout).run.filesRead).toBe(1);
    expect(withoutRun(next.stdout)).toBe(await local());
  });

  test('and a coordinator that is killed half-way and started again goes on with the same Job', async () => {
    const { PATH = '' } = process.env;
    const program = new URL('../../dist/main.js', import.meta.url).pathname;
    running = spawn(process.execPath, [program, ...detect, ...storage()], {
      env: { PATH, ...environment('job') },
      stdio: 'ignore',
    });
    const job = await theJob();
    await play(job, () => 0, 3);
    const exit = once(running, 'exit');
    running.kill('SIGKILL');
    await exit;
    const again = coordinate();
    await play(job, () => 0);
    const { code, stdout, stderr } = await again;
    expect(code, stderr).toBe(0);
    expect(withoutRun(stdout)).toBe(await local());
    expect((await shardJobs()).map((one) => at(one, 'metadata', 'uid'))).toEqual([at(job, 'metadata', 'uid')]);
    for await (const { key } of store.list('shards/')) expect(key).toBe('nothing');
  });

  test('not without the rights that scale.mode gives: mode job says which, mode auto reads here', async () => {
    await install('local');
    const refused = await coordinate('job');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/forbidden: .* may not get pods .*verbs: \["get"\]/);
    const here = await coordinate('auto');
    expect(here.stderr).toMatch(/All logs are read here, because no pods can do it: forbidden/);
    expect(withoutRun(here.stdout)).toBe(await local());
  });
});
