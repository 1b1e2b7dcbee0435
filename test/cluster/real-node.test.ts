import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { openStore } from '../../src/storage/open.ts';
import { type Azurite, startAzurite } from '../azurite.ts';
import { at, type Manifest } from '../charts/helm.ts';
import { items, ok } from './api.ts';
import { endOf, OBSTACLE, openNamespace, SKIPPED, startJob, type TestNamespace } from './release.ts';

const { TEST_IMAGE, TEST_HOST } = process.env;
const skipped =
  TEST_IMAGE === undefined || TEST_HOST === undefined
    ? ' (skipped: TEST_IMAGE names no image that the node has, or TEST_HOST no address of this machine that pods reach)'
    : SKIPPED;

const MODEL = { name: 'simulated-missing', version: 'v1' };

interface Inside {
  readonly user: readonly number[];
  readonly written: Readonly<Record<string, string>>;
  readonly heapMib: number;
  readonly arenas: string;
  readonly memoryMib: number;
}

/** Run in the pod: who it is, where it can write, what it may use. */
const LOOK_AROUND = `
  const fs = require('node:fs');
  const places = ['/app', '/data', '/etc/drift-monitor', '/tmp', '/var/run/secrets/kubernetes.io'];
  const written = Object.fromEntries(places.map((place) => {
    try { fs.writeFileSync(place + '/x', ''); return [place, 'yes']; } catch (error) { return [place, error.code]; }
  }));
  console.log(JSON.stringify({
    user: [process.getuid(), process.getgid(), ...process.getgroups()],
    written,
    heapMib: require('node:v8').getHeapStatistics().heap_size_limit / 1048576,
    arenas: process.env.MALLOC_ARENA_MAX,
    memoryMib: process.constrainedMemory() / 1048576,
  }));`;

const EAT = 'const eaten = []; for (;;) eaten.push(Buffer.alloc(64 * 1048576, 1));';

describe.skipIf(OBSTACLE !== '' || skipped !== '')(`on a real node, the image${skipped}`, () => {
  let azurite: Azurite;
  let namespace: TestNamespace;
  let installed: number;
  let values: object;

  async function drift(...args: string[]): Promise<void> {
    const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
    const env = { ...process.env, AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    await promisify(execFile)(process.execPath, [program, ...args], { env });
  }

  /** What the pods of a Job printed. */
  async function logOf(job: string): Promise<string> {
    const { api, path } = namespace;
    const pods = await items(api.get(`${path('pods')}?labelSelector=batch.kubernetes.io/job-name=${job}`));
    const logs = pods.map(async (pod) => {
      const { body } = await api.get(path(`pods/${at(pod, 'metadata', 'name')}/log`));
      return typeof body === 'string' ? body : JSON.stringify(body);
    });
    return (await Promise.all(logs)).join('\n');
  }

  /** A Job like those of the CronJob, but for what its container runs. */
  async function startScript(script: string): Promise<string> {
    return await startJob(namespace, 'r-drift-monitor', (template: Manifest) => {
      const container = at(template, 'spec', 'template', 'spec', 'containers', 0);
      Object.assign(container ?? {}, { command: ['node', '-e', script], args: [] });
      return template;
    });
  }

  beforeAll(async () => {
    azurite = await startAzurite(TEST_HOST);
    const url = azurite.url('drift');
    await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer('drift');
    // A day of logs, always the same one …
    await drift('simulate', '--scenario', 'missing', '--rows', '4800', '--to', url);
    const model = ['--model-name', MODEL.name, '--model-version', MODEL.version];
    await drift('baseline', 'generate', ...model, '--storage-url', url);
    // … becomes the last 24 hours.
    const store = await openStore(url, { env: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString } });
    const logs = [];
    for await (const { key } of store.list('inference-logs/')) {
      const found = /year=(\d+)\/month=(\d+)\/day=(\d+)\/hour=(\d+)\/(.*)$/.exec(key);
      if (found === null) throw new Error(`no log of an hour: ${key}`);
      const [, year, month, day, hour, file] = found;
      logs.push({ key, file, time: Date.parse(`${year}-${month}-${day}T${hour}:00Z`) });
    }
    const shift = Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS - Math.max(...logs.map(({ time }) => time));
    for (const { key, file, time } of logs) {
      const [, year, month, day, hour] = /^(\d+)-(\d+)-(\d+)T(\d+)/.exec(new Date(time + shift).toISOString()) ?? [];
      const { bytes } = await store.get(key);
      await store.put(`inference-logs/year=${year}/month=${month}/day=${day}/hour=${hour}/${file}`, bytes);
      await store.delete(key);
    }

    namespace = await openNamespace();
    await ok(
      namespace.api.create(namespace.path('secrets'), {
        metadata: { name: 'storage' },
        stringData: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString },
      }),
    );
    const [repository, tag] = (TEST_IMAGE ?? '').split(/:(?=[^/]*$)/);
    installed = Date.now();
    values = { image: { repository, tag }, storage: { url, existingSecret: 'storage' }, models: [MODEL] };
    namespace.install('r', values);
  });
  afterAll(async () => {
    await namespace?.remove();
    await azurite?.stop();
  });

  test('goes from helm install to a report in storage, with storage, credentials and model only', async () => {
    const job = await startJob(namespace, 'r-drift-monitor');
    const end = await endOf(namespace, job, 120);
    const seconds = (Date.now() - installed) / 1000;
    const log = await logOf(job);
    expect(end, log).toBe('Complete');
    expect(log).toContain('DRIFT DETECTION SUMMARY');
    const env = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    const store = await openStore(azurite.url('drift'), { env });
    const { bytes } = await store.get(`drift-reports/${MODEL.name}/latest.json`);
    const report: unknown = JSON.parse(Buffer.from(bytes).toString());
    expect(report).toMatchObject({ status: 'drift' });
    console.log(`From helm install to the end of the first Job: ${seconds.toFixed(1)} s`);
  });

  test('lets pods of an Indexed Job read the logs where scale.mode says so, and reports the same', async () => {
    const env = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    const store = await openStore(azurite.url('drift'), { env });
    const latest = async () => {
      const { bytes } = await store.get(`drift-reports/${MODEL.name}/latest.json`);
      const { run: _, ...report }: { run: unknown } = JSON.parse(Buffer.from(bytes).toString());
      return report;
    };
    const alone = await latest();
    for await (const { key } of store.list('profiles/')) await store.delete(key);
    namespace.install('many', { ...values, scale: { mode: 'job', shardMib: 1, parallelism: 2 } });
    const job = await startJob(namespace, 'many-drift-monitor');
    const end = await endOf(namespace, job, 180);
    const log = await logOf(job);
    expect(end, log).toBe('Complete');
    expect(log).toContain('Pods of a Job read the logs');
    expect(await latest()).toEqual(alone);
    const left = [];
    for await (const { key } of store.list('shards/')) left.push(key);
    expect(left).toEqual([]);
  });

  test('is neither root nor writes anywhere but to /tmp, and knows its memory', async () => {
    const job = await startScript(LOOK_AROUND);
    expect(await endOf(namespace, job, 120), await logOf(job)).toBe('Complete');
    const inside: Inside = JSON.parse(await logOf(job));
    expect(inside.user.every((id) => id === 65532)).toBe(true);
    expect(inside.written).toEqual({
      '/app': 'EROFS',
      '/data': 'EROFS',
      '/etc/drift-monitor': 'EROFS',
      '/tmp': 'yes',
      '/var/run/secrets/kubernetes.io': 'ENOENT', // no token
    });
    expect(inside).toMatchObject({ arenas: '2', memoryMib: 1024 });
    expect(inside.heapMib).toBeLessThan(1024);
  });

  test('is ended when it takes more memory than its limit', async () => {
    const job = await startScript(EAT);
    const { api, path } = namespace;
    const pod = async () =>
      (await items(api.get(`${path('pods')}?labelSelector=batch.kubernetes.io/job-name=${job}`)))[0];
    await expect
      .poll(async () => at(await pod(), 'status', 'containerStatuses', 0, 'state', 'terminated'), { timeout: 60_000 })
      .toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    await ok(api.remove(path(`jobs/${job}?propagationPolicy=Background`)));
  });
});
