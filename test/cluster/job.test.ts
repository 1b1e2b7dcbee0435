import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { at } from '../charts/helm.ts';
import { drift } from '../commands/built-program.ts';
import { type Api, connect, eventually, items, ok } from './api.ts';

const kubeconfig = inject('kubeconfig');
/** Pods of an image that is not there end on the test lab's simulated node only, which answers for their logs as well. */
const nodes = kubeconfig === '' ? [] : await items(connect(kubeconfig).get('/api/v1/nodes'));
const isSimulated = nodes.some((node) => at(node, 'metadata', 'labels', 'type') === 'kwok');
const obstacle =
  inject('noCluster') || (isSimulated ? '' : 'the cluster has no simulated node (kwok), whose pods end as told');

const NAMESPACE = `job-${process.pid}`;
const CRONJOBS = `/apis/batch/v1/namespaces/${NAMESPACE}/cronjobs`;

/** What the pod does is told to the simulated node by annotations. */
function aCronJob(name: string, annotations: Readonly<Record<string, string>>, more: object = {}) {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      schedule: '0 0 1 1 *',
      timeZone: 'Europe/Berlin',
      jobTemplate: {
        metadata: { labels: { team: 'ml' }, annotations: { note: 'kept' } },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 600,
          template: {
            metadata: { annotations },
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'main', image: 'dummy.invalid/image:1', args: ['detect'] }],
            },
          },
          ...more,
        },
      },
    },
  };
}

describe.skipIf(obstacle !== '')(`job commands in a cluster${obstacle && ` (skipped: ${obstacle})`}`, () => {
  let api: Api;
  let folder: string;

  const job = (...args: readonly string[]) =>
    drift(['job', ...args, '--namespace', NAMESPACE], { env: { KUBECONFIG: kubeconfig } });
  /** Options stand in front of `--`. */
  const started = (cronJob: string, ...behind: readonly string[]) =>
    drift(['job', 'trigger', '--cronjob', cronJob, '--namespace', NAMESPACE, ...behind], {
      env: { KUBECONFIG: kubeconfig },
    });

  beforeAll(async () => {
    api = connect(kubeconfig);
    folder = mkdtempSync(join(tmpdir(), 'job-cluster-'));
    await ok(api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE } }));
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
    await eventually('a ServiceAccount', async () => (await api.get(`${path}/default`)).status === 200 || undefined);
    const fails = { 'drift-lab/fail-indexes': 'all', 'drift-lab/exit-code': '3' };
    await ok(api.create(CRONJOBS, aCronJob('drift-monitor', {})));
    await ok(api.create(CRONJOBS, aCronJob('finds', fails)));
    await ok(api.create(CRONJOBS, aCronJob('late', { 'drift-lab/run-for': '60s' }, { activeDeadlineSeconds: 2 })));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await api.remove(`/api/v1/namespaces/${NAMESPACE}`);
  });

  test('trigger --wait --follow: a Job of the CronJob, to its end, with its log', async () => {
    const { code, stdout, stderr } = await started(
      'drift-monitor',
      '--wait',
      '--follow',
      '--',
      '--at',
      '2026-01-01T00:00:00Z',
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const [name = '', ...log] = stdout.trimEnd().split('\n');
    expect(log).toEqual(['nothing runs on the fake node']);
    const made = await ok(api.get(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs/${name}`));
    const owner = await ok(api.get(`${CRONJOBS}/drift-monitor`));
    expect(at(made, 'metadata')).toMatchObject({
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', note: 'kept' },
      labels: { team: 'ml' },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: 'drift-monitor',
          uid: at(owner, 'metadata', 'uid'),
          controller: true,
        },
      ],
    });
    expect(at(made, 'spec', 'template', 'spec', 'containers')).toMatchObject([
      { args: ['detect', '--at', '2026-01-01T00:00:00Z'] },
    ]);
  });

  test('trigger --wait exits as the run did, and status says why runs ended', async () => {
    const [finds, late] = await Promise.all([started('finds', '--wait'), started('late', '--wait')]);
    expect(finds.code).toBe(3);
    expect(late.code).toBe(1);
    expect(late.stderr).toContain('deadline exceeded: stopped after its deadline of 2 s');
    const status = await job('status', '--cronjob', 'finds', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({
      cronJob: 'finds',
      schedule: '0 0 1 1 *',
      timeZone: 'Europe/Berlin',
      suspended: false,
      nextRun: expect.stringMatching(/-12-31T23:00:00\.000Z$/),
      runs: [{ job: finds.stdout.trim(), manual: true, state: 'failed', exitCode: 3 }],
    });
  });

  test('without --cronjob it is the CronJob of this program; logs are those of its last run', async () => {
    await started('drift-monitor', '--wait');
    const [status, logs] = await Promise.all([job('status'), job('logs', '--follow')]);
    expect(status.stdout).toMatch(new RegExp(`^CronJob: +drift-monitor in namespace ${NAMESPACE} `));
    expect(status.stdout).toMatch(/^drift-monitor-manual-\w{5} .* finished \(exit 0\)$/m);
    expect(logs).toMatchObject({ code: 0, stdout: 'nothing runs on the fake node\n' });
  });

  test('suspend and resume', async () => {
    const suspended = async () => at(await ok(api.get(`${CRONJOBS}/drift-monitor`)), 'spec', 'suspend');
    expect((await job('suspend')).code).toBe(0);
    expect(await suspended()).toBe(true);
    expect((await job('status')).stdout).toContain('none: suspended (drift-monitor job resume)');
    expect((await job('resume')).stdout).toMatch(/runs on schedule again; next run \d{4}-12-31 23:00 UTC/);
    expect(await suspended()).toBe(false);
  });

  test('a ServiceAccount without rights is told the rule that it needs, and with these rules all works', async () => {
    const account = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
    await ok(api.create(account, { metadata: { name: 'operator' } }));
    const answer = await ok(api.create(`${account}/operator/token`, { spec: {} }));
    const weak = asToken(String(at(answer, 'status', 'token')));
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}`;
    const rules: object[] = [];
    await ok(api.create(`${rbac}/roles`, { metadata: { name: 'operator' }, rules }));
    await ok(
      api.create(`${rbac}/rolebindings`, {
        metadata: { name: 'operator' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'operator' },
        subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: NAMESPACE }],
      }),
    );
    const args = ['job', 'trigger', '--cronjob', 'drift-monitor', '--namespace', NAMESPACE, '--wait', '--follow'];
    const told: string[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const { code, stderr } = await drift(args, { env: { KUBECONFIG: weak } });
      if (code === 0) break;
      const [, apiGroup, resource, verb] =
        /would allow it: - \{ apiGroups: \["(\w*)"\], resources: \["([\w/]+)"\], verbs: \["(\w+)"\] \}/.exec(stderr) ??
        [];
      expect(stderr).toContain(`forbidden: system:serviceaccount:${NAMESPACE}:operator may not ${verb} ${resource}`);
      told.push(`${verb} ${resource}`);
      rules.push({ apiGroups: [apiGroup], resources: [resource], verbs: [verb] });
      await ok(api.patch(`${rbac}/roles/operator`, { rules }));
    }
    expect(told).toEqual(['get cronjobs', 'create jobs', 'get jobs', 'list pods', 'get pods/log']);
  });

  test('credentials that are none, and a certificate of another authority', async () => {
    const [unknown, other] = await Promise.all([
      drift(['job', 'status'], { env: { KUBECONFIG: asToken('no-token') } }),
      drift(['job', 'status'], { env: { KUBECONFIG: asToken('no-token', '') } }),
    ]);
    expect(unknown.stderr).toContain('does not accept the credentials of context test (401)');
    expect(other.stderr).toContain("is not signed by the kubeconfig's certificate authority");
    expect([unknown.code, other.code]).toEqual([1, 1]);
  });

  /** A kubeconfig of the same cluster for whom a token belongs to. */
  function asToken(token: string, authority?: string): string {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const cluster = config.getCurrentCluster();
    const file = join(folder, `${token.slice(-8)}-${authority ?? 'own'}.json`);
    const caData = authority ?? cluster?.caData;
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [
          { name: 'c', cluster: { server: cluster?.server, ...(caData && { 'certificate-authority-data': caData }) } },
        ],
        users: [{ name: 'u', user: { token } }],
        contexts: [{ name: 'test', context: { cluster: 'c', user: 'u', namespace: NAMESPACE } }],
        'current-context': 'test',
      }),
      { mode: 0o600 },
    );
    return file;
  }
});
