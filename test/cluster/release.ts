import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { inject } from 'vitest';
import { at, CHART, type Finished, HELM, helm, type Manifest } from '../charts/helm.ts';
import { type Api, connect, eventually, ok } from './api.ts';

/** Why cluster tests cannot run; empty when they can. */
export const OBSTACLE = inject('noCluster') || (HELM === undefined ? 'no helm on the PATH' : '');

/** Said behind the titles of tests that are skipped. */
export const SKIPPED = OBSTACLE === '' ? '' : ` (skipped: ${OBSTACLE})`;

/** A namespace that admits pods of the restricted security standard only, and warns of what would make others. */
export interface TestNamespace {
  readonly name: string;
  readonly api: Api;
  /** Runs helm in it and throws with what it says when it fails. */
  helm(args: readonly string[], values?: object): Finished;
  install(release: string, values: object): Finished;
  /** Path of what lies in it: `jobs`, `pods/x/log`. */
  path(resource: string): string;
  remove(): Promise<void>;
}

const GROUPS: ReadonlyMap<string, string> = new Map([
  ['configmaps', '/api/v1'],
  ['events', '/api/v1'],
  ['pods', '/api/v1'],
  ['secrets', '/api/v1'],
  ['serviceaccounts', '/api/v1'],
  ['cronjobs', '/apis/batch/v1'],
  ['jobs', '/apis/batch/v1'],
  ['networkpolicies', '/apis/networking.k8s.io/v1'],
  ['prometheusrules', '/apis/monitoring.coreos.com/v1'],
  ['servicemonitors', '/apis/monitoring.coreos.com/v1'],
  ['deployments', '/apis/apps/v1'],
  ['services', '/api/v1'],
  ['rolebindings', '/apis/rbac.authorization.k8s.io/v1'],
  ['roles', '/apis/rbac.authorization.k8s.io/v1'],
]);
export const RESOURCES = [...GROUPS.keys()];

/** Of a ServiceAccount, with no other rights than it has. */
export async function kubeconfigOf({ api, path, name }: TestNamespace, account: string): Promise<object> {
  const config = new KubeConfig();
  config.loadFromFile(inject('kubeconfig'));
  const cluster = config.getCurrentCluster();
  const token = at(await ok(api.create(path(`serviceaccounts/${account}/token`), {})), 'status', 'token');
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: cluster?.server, 'certificate-authority-data': cluster?.caData } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: name } }],
    'current-context': 'x',
  };
}

export async function openNamespace(): Promise<TestNamespace> {
  const kubeconfig = inject('kubeconfig');
  const api = connect(kubeconfig);
  const name = `drift-test-${randomBytes(4).toString('hex')}`;
  const labels = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  await ok(api.create('/api/v1/namespaces', { metadata: { name, labels } }));
  const path = (resource: string) => {
    const group = GROUPS.get(resource.split('/')[0] ?? '');
    if (group === undefined) throw new Error(`no such resource in these tests: ${resource}`);
    return `${group}/namespaces/${name}/${resource}`;
  };
  const run = (args: readonly string[], values?: object) => {
    const done = helm([...args, '--namespace', name, '--kubeconfig', kubeconfig], values);
    if (done.status !== 0) throw new Error(`helm ${args[0]}: ${done.stderr}`);
    return done;
  };
  if (inject('controllers')) {
    await eventually(`the ServiceAccount of ${name}`, async () => {
      const { status } = await api.get(path('serviceaccounts/default'));
      return status === 200 || undefined;
    });
  }
  return {
    name,
    api,
    path,
    helm: run,
    install: (release, values) => run(['install', release, CHART], values),
    remove: async () => void (await api.remove(`/api/v1/namespaces/${name}`)),
  };
}

/** Makes a Job from a CronJob, as `kubectl create job --from` does, and returns its name. */
export async function startJob(
  { api, path }: TestNamespace,
  cronJob: string,
  change: (template: Manifest) => object = (template) => template,
): Promise<string> {
  const owner = await ok(api.get(path(`cronjobs/${cronJob}`)));
  const name = `${cronJob}-${randomBytes(3).toString('hex')}`;
  const template = structuredClone(at(owner, 'spec', 'jobTemplate')) as Manifest;
  await ok(api.create(path('jobs'), { ...change(template), metadata: { name } }));
  return name;
}

/** The condition with which a Job ended: `Complete`, or `Failed` with its reason. */
export async function endOf({ api, path }: TestNamespace, job: string, seconds = 60): Promise<string> {
  return await eventually(
    `job ${job} ending`,
    async () => {
      const conditions = at(await ok(api.get(path(`jobs/${job}`))), 'status', 'conditions');
      const last = Array.isArray(conditions)
        ? conditions.find(({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True')
        : undefined;
      return last === undefined ? undefined : `${last.type}${last.type === 'Failed' ? `: ${last.reason}` : ''}`;
    },
    seconds,
  );
}
