import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { at, CHART, render } from '../charts/helm.ts';
import { COMBINATIONS, MINIMAL, TELLING_KUBERNETES } from '../charts/values.ts';
import { eventually, items, ok } from './api.ts';
import { endOf, OBSTACLE, openNamespace, RESOURCES, SKIPPED, startJob, type TestNamespace } from './release.ts';

/** Without the Prometheus operator the API server knows none of them. */
const CRDS = { prometheusrules: 'prometheus-rules.json', servicemonitors: 'service-monitors.json' };
const withoutControllers = OBSTACLE !== '' || !inject('controllers');
const SKIPPED_FIRING = OBSTACLE === '' && withoutControllers ? ' (skipped: the cluster runs no controllers)' : SKIPPED;

describe.skipIf(OBSTACLE !== '')(`in a cluster, the chart${SKIPPED}`, () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await openNamespace();
    for (const [resource, file] of Object.entries(CRDS)) {
      const crd = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
      const { status } = await namespace.api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
      expect([201, 409]).toContain(status);
      await eventually(`${resource} being known`, async () => {
        return (await namespace.api.get(namespace.path(resource))).status === 200 || undefined;
      });
    }
  });
  afterAll(() => namespace?.remove());

  test.each([...COMBINATIONS])('%s: the API server validates strictly and warns of nothing', async (_, values) => {
    const { api, name, path } = namespace;
    for (const manifest of render(values, ['--namespace', name])) {
      const { status, body, warnings } = await api.create(
        `${path(`${manifest.kind.toLowerCase().replace(/y$/, 'ie')}s`)}?dryRun=All&fieldValidation=Strict`,
        manifest,
      );
      expect(status, `${manifest.kind}: ${at(body, 'message')}`).toBe(201);
      expect(warnings, manifest.kind).toEqual([]);
    }
  });

  test('is installed by helm, upgraded, and leaves nothing when it is uninstalled', async () => {
    const { api, path } = namespace;
    const everything = { ...COMBINATIONS.get('everything'), suspend: true };
    expect(namespace.install('whole', MINIMAL).stdout).toContain('What to do next');
    namespace.helm(['upgrade', 'whole', CHART], everything);
    namespace.helm(['upgrade', 'whole', CHART], MINIMAL);
    expect(at(await ok(api.get(path('cronjobs/whole-drift-monitor'))), 'spec', 'schedule')).toBe('7 * * * *');
    namespace.helm(['uninstall', 'whole', '--wait']);
    for (const resource of RESOURCES) {
      const left = await items(api.get(`${path(resource)}?labelSelector=app.kubernetes.io/instance=whole`));
      expect(left, resource).toEqual([]);
    }
  });

  test('an upgrade leaves suspended what was suspended by hand', async () => {
    const { api, path } = namespace;
    namespace.install('paused', MINIMAL);
    await ok(api.patch(path('cronjobs/paused-drift-monitor'), { spec: { suspend: true } }));
    namespace.helm(['upgrade', 'paused', CHART], { ...MINIMAL, schedule: '9 * * * *' });
    expect(at(await ok(api.get(path('cronjobs/paused-drift-monitor'))), 'spec')).toMatchObject({
      schedule: '9 * * * *',
      suspend: true,
    });
  });

  test.each([
    ['local', MINIMAL, []],
    [
      'auto',
      { ...MINIMAL, scale: { mode: 'auto' } },
      [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'delete'] },
      ],
    ],
    [
      'telling',
      TELLING_KUBERNETES,
      [
        { apiGroups: [''], resources: ['events'], verbs: ['create'] },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] },
        {
          apiGroups: ['batch'],
          resources: ['cronjobs'],
          resourceNames: ['drift-monitor', 'train-churn'],
          verbs: ['get'],
        },
      ],
    ],
  ])('%s: its ServiceAccount may do this and nothing else', async (mode, values, expected) => {
    const { api, name, path } = namespace;
    const account = `rights-${mode}`;
    namespace.install(account, { ...values, fullnameOverride: account });
    await ok(api.create(path('serviceaccounts'), { metadata: { name: `nobody-${mode}` } }));
    const tokenOf = async (serviceAccount: string) =>
      String(at(await ok(api.create(path(`serviceaccounts/${serviceAccount}/token`), {})), 'status', 'token'));
    const rulesOf = async (token: string) => {
      const review = { spec: { namespace: name } };
      const reviewed = await ok(api.as(token).create('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', review));
      const rules = at(reviewed, 'status', 'resourceRules');
      return Array.isArray(rules) ? rules.map((rule) => JSON.stringify(rule)) : [];
    };
    const token = await tokenOf(account);
    // What any ServiceAccount of the cluster may do, such as asking for its own rights, is not the chart's doing.
    const anyones = await rulesOf(await tokenOf(`nobody-${mode}`));
    const own = (
      await eventually('the rights of the account', async () => {
        const rules = (await rulesOf(token)).filter((rule) => !anyones.includes(rule));
        return rules.length === expected.length ? rules : undefined;
      })
    ).map((rule) => JSON.parse(rule));
    expect(own).toHaveLength(expected.length);
    expect(own).toEqual(expect.arrayContaining(expected));

    const as = api.as(token);
    const allowed = mode === 'auto' ? 200 : 403;
    expect((await as.get(path('jobs/none'))).status).toBe(mode === 'auto' ? 404 : 403);
    expect((await as.get(path('pods'))).status).toBe(allowed);
    for (const resource of ['jobs', 'secrets', 'configmaps', 'cronjobs', 'serviceaccounts', 'pods/x/log']) {
      expect((await as.get(path(resource))).status, resource).toBe(403);
    }
    expect((await as.create(path('pods'), { metadata: { name: 'x' } })).status).toBe(403);
    expect((await as.patch(path(`cronjobs/${account}`), { spec: { suspend: true } })).status).toBe(403);
    expect((await as.get('/apis/batch/v1/namespaces/default/jobs')).status).toBe(403);
    expect((await as.get('/api/v1/nodes')).status).toBe(403);
  });
});

describe.skipIf(withoutControllers)(
  `in a cluster with controllers, the CronJob${SKIPPED_FIRING}`,
  { concurrent: true },
  () => {
    let namespace: TestNamespace;
    beforeAll(async () => {
      namespace = await openNamespace();
    });
    afterAll(() => namespace?.remove());

    /** No node has this label, so that pods wait and their ends can be told by the test. */
    const NOWHERE = { ...MINIMAL, nodeSelector: { 'drift-monitor/nowhere': 'true' } };

    async function podsOf(job: string): Promise<unknown[]> {
      return await items(
        namespace.api.get(`${namespace.path('pods')}?labelSelector=batch.kubernetes.io/job-name=${job}`),
      );
    }

    /** Ends the waiting pod of a Job as a kubelet would, and returns its name. */
    async function endPod(job: string, exitCode: number, conditions: readonly object[] = []): Promise<string> {
      const pod = await eventually(`a pod of ${job}`, async () => {
        return (await podsOf(job)).find((one) => at(one, 'status', 'phase') === 'Pending');
      });
      const name = String(at(pod, 'metadata', 'name'));
      const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' };
      const container = { name: 'drift-monitor', image: 'x', imageID: 'x', ready: false, restartCount: 0 };
      await ok(
        namespace.api.patch(namespace.path(`pods/${name}/status`), {
          status: {
            phase: exitCode === 0 ? 'Succeeded' : 'Failed',
            containerStatuses: [{ ...container, state: { terminated } }],
            conditions,
          },
        }),
      );
      return name;
    }

    test('fires on its schedule with pods that the restricted standard admits and that hold no token; suspended it does not', async () => {
      const { api, path } = namespace;
      namespace.install('fires', { ...MINIMAL, schedule: '* * * * *' });
      namespace.install('sleeps', { ...MINIMAL, schedule: '* * * * *', suspend: true });
      const jobsOf = (release: string) =>
        items(api.get(`${path('jobs')}?labelSelector=app.kubernetes.io/instance=${release}`));
      const job = await eventually('a Job of the schedule', async () => (await jobsOf('fires'))[0], 90);
      const name = String(at(job, 'metadata', 'name'));
      expect(at(job, 'metadata', 'ownerReferences', 0)).toMatchObject({ kind: 'CronJob', name: 'fires-drift-monitor' });
      const pod = await eventually(`a pod of ${name}`, async () => (await podsOf(name))[0]);
      expect(JSON.stringify(at(pod, 'spec', 'volumes'))).not.toContain('serviceAccountToken');
      expect(await jobsOf('sleeps')).toEqual([]);
      await ok(api.patch(path('cronjobs/fires-drift-monitor'), { spec: { suspend: true } }));
    });

    test('with fan-out its pods hold a token', async () => {
      namespace.install('shares', { ...NOWHERE, scale: { mode: 'auto' } });
      const job = await startJob(namespace, 'shares-drift-monitor');
      const pod = await eventually(`a pod of ${job}`, async () => (await podsOf(job))[0]);
      expect(JSON.stringify(at(pod, 'spec', 'volumes'))).toContain('serviceAccountToken');
    });

    test.each([2, 3])('exit code %d ends the Job without another try', async (code) => {
      namespace.install(`exit-${code}`, NOWHERE);
      const job = await startJob(namespace, `exit-${code}-drift-monitor`);
      await endPod(job, code);
      expect(await endOf(namespace, job)).toBe('Failed: PodFailurePolicy');
      expect(await podsOf(job)).toHaveLength(1);
    });

    test('exit code 1 is tried again, as often as backoffLimit says', async () => {
      namespace.install('exit-1', { ...NOWHERE, backoffLimit: 1 });
      const job = await startJob(namespace, 'exit-1-drift-monitor');
      const first = await endPod(job, 1);
      const second = await endPod(job, 1);
      expect(second).not.toBe(first);
      expect(await endOf(namespace, job)).toBe('Failed: BackoffLimitExceeded');
    });

    test('a pod that had to leave its node is replaced and counts as no try', async () => {
      namespace.install('drained', { ...NOWHERE, backoffLimit: 0 });
      const job = await startJob(namespace, 'drained-drift-monitor');
      await endPod(job, 143, [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }]);
      await endPod(job, 0);
      expect(await endOf(namespace, job)).toBe('Complete');
    });
  },
);
