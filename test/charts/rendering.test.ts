import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readChartFile } from '../../charts/generate.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { APP_LABEL } from '../../src/kubernetes/cron-jobs.ts';
import { at, CHART, HELM, helm, type Manifest, NO_HELM, only, render } from './helm.ts';
import { COMBINATIONS, MINIMAL, TELLING_KUBERNETES } from './values.ts';

function podOf(manifests: readonly Manifest[]): unknown {
  return at(only(manifests, 'CronJob'), 'spec', 'jobTemplate', 'spec', 'template');
}

function containerOf(manifests: readonly Manifest[]): unknown {
  return at(podOf(manifests), 'spec', 'containers', 0);
}

/** The settings as the program understands them. */
function settingsOf(manifests: readonly Manifest[]) {
  const configMaps = manifests.filter(({ kind }) => kind === 'ConfigMap');
  const [text] = configMaps.flatMap((one) => at(one, 'data', 'drift-monitor.yaml') ?? []);
  if (typeof text !== 'string') throw new Error('no ConfigMap has a drift-monitor.yaml');
  return loadConfiguration({ flags: new Map(), configFile: 'drift-monitor.yaml', env: {}, readFile: () => text })
    .settings;
}

describe.skipIf(HELM === undefined)(`the chart${NO_HELM}`, () => {
  test('passes helm lint --strict, bare and with each combination of values', () => {
    for (const values of [{}, ...COMBINATIONS.values()]) {
      const { status, stdout, stderr } = helm(['lint', '--strict', CHART], values);
      expect(status, stdout + stderr).toBe(0);
      expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
    }
  });

  test('storage and model are all it needs: a CronJob <release>-drift-monitor at seven minutes past, UTC', () => {
    const manifests = render(MINIMAL);
    expect(manifests.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'CronJob', 'ServiceAccount']);
    const cronJob = only(manifests, 'CronJob');
    expect(cronJob.metadata).toMatchObject({ name: 'r-drift-monitor', namespace: 'team' });
    expect(cronJob.spec).toMatchObject({
      schedule: '7 * * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3000,
      jobTemplate: { spec: { activeDeadlineSeconds: 3300, backoffLimit: 2, ttlSecondsAfterFinished: 86400 } },
    });
    expect(at(containerOf(manifests), 'image')).toBe('drift-monitor:0.1.0');
    expect(settingsOf(manifests)).toMatchObject({ storageUrl: MINIMAL.storage.url, models: MINIMAL.models });
  });

  test('names follow Helm: a release that contains drift-monitor is not repeated, long ones leave room for Job names', () => {
    const name = (release: string) => {
      const { stdout } = helm(['template', release, CHART, '--show-only', 'templates/cronjob.yaml'], MINIMAL);
      return /^ {2}name: (.*)$/m.exec(stdout)?.[1];
    };
    expect(name('drift-monitor')).toBe('drift-monitor');
    expect(name('x'.repeat(53))).toHaveLength(52);
  });

  test('configuration errors and wanted findings are not tried again, disruptions do not count', () => {
    const job = at(only(render(MINIMAL), 'CronJob'), 'spec', 'jobTemplate', 'spec');
    expect(at(job, 'podFailurePolicy', 'rules')).toEqual([
      { action: 'FailJob', onExitCodes: { containerName: 'drift-monitor', operator: 'In', values: [2, 3] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ]);
    expect(at(job, 'template', 'spec', 'restartPolicy')).toBe('Never');
  });

  test.each([...COMBINATIONS])('%s: the pod has no more rights than it needs', (_, values) => {
    const manifests = render(values);
    expect(at(podOf(manifests), 'spec', 'securityContext')).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(at(containerOf(manifests), 'securityContext')).toEqual({
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const spec = at(podOf(manifests), 'spec');
    expect(at(spec, 'enableServiceLinks')).toBe(false);
    expect(at(spec, 'volumes')).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: '2Gi' } });
    expect(at(containerOf(manifests), 'volumeMounts')).toContainEqual({
      name: 'settings',
      mountPath: '/etc/drift-monitor',
      readOnly: true,
    });
    // Fan-out makes Jobs, a retraining too, and a sink Events; nothing else talks to Kubernetes.
    const asks = at(values, 'scale') !== undefined || values === TELLING_KUBERNETES;
    expect(at(spec, 'automountServiceAccountToken')).toBe(asks);
    const ofRuns = manifests.filter(({ metadata }) => !metadata.name.endsWith('-serve'));
    expect(ofRuns.some(({ kind }) => kind === 'Role')).toBe(asks);
    expect(ofRuns.some(({ kind }) => kind === 'RoleBinding')).toBe(asks);
  });

  test('the last lines of a log are left with the pod that failed, so that job status can tell the error', () => {
    expect(at(containerOf(render(MINIMAL)), 'terminationMessagePolicy')).toBe('FallbackToLogsOnError');
  });

  test('with fan-out the rights are those of the README and no others', () => {
    expect(only(render({ ...MINIMAL, scale: { mode: 'job' } }), 'Role').rules).toEqual([
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'delete'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
    ]);
  });

  test('a retraining may read its CronJob and make Jobs, a sink of Events may make those, and the policy lets both through', () => {
    const manifests = render(TELLING_KUBERNETES);
    expect(only(manifests, 'Role').rules).toEqual([
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create'] },
      {
        apiGroups: ['batch'],
        resources: ['cronjobs'],
        resourceNames: ['drift-monitor', 'train-churn'],
        verbs: ['get'],
      },
    ]);
    expect(JSON.stringify(at(only(manifests, 'NetworkPolicy'), 'spec', 'egress'))).toContain('6443');
  });

  test('every object has the label by which the program finds its CronJob, whatever the values call it', () => {
    const names = {
      nameOverride: 'dm',
      fullnameOverride: 'watch',
      commonLabels: { 'app.kubernetes.io/part-of': 'ml' },
    };
    const [key = '', value] = APP_LABEL.split('=');
    for (const { kind, metadata } of render({ ...MINIMAL, ...names, scale: { mode: 'auto' } })) {
      expect(metadata.labels, kind).toHaveProperty([key], value);
    }
  });

  test('a label that is given twice is that of the nearer place, not a key twice', () => {
    const label = (team: string) => ({ labels: { team } });
    const manifests = render({
      ...MINIMAL,
      workloadIdentity: { clientId: '0a1b2c3d-0000-4000-8000-000000000000' },
      commonLabels: { team: 'all' },
      podLabels: { team: 'pod' },
      prometheusRule: { enabled: true, ...label('rule') },
      grafanaDashboard: { enabled: true, ...label('board') },
    });
    expect(at(podOf(manifests), 'metadata', 'labels')).toMatchObject({
      team: 'pod',
      'azure.workload.identity/use': 'true',
    });
    expect(only(manifests, 'PrometheusRule').metadata.labels).toHaveProperty('team', 'rule');
    expect(only(manifests, 'CronJob').metadata.labels).toHaveProperty('team', 'all');
    const board = manifests.find(({ metadata }) => metadata.name === 'r-drift-monitor-dashboard');
    expect(board?.metadata.labels).toHaveProperty('team', 'board');
  });

  test.each([...COMBINATIONS])('%s: the program takes the settings file', (_, values) => {
    expect(settingsOf(render(values)).models).not.toEqual([]);
  });

  test('zero, false and empty values are taken as they are', () => {
    const manifests = render(COMBINATIONS.get('zero, false and empty') ?? {});
    const cronJob = only(manifests, 'CronJob');
    expect(cronJob.spec).toMatchObject({
      successfulJobsHistoryLimit: 0,
      failedJobsHistoryLimit: 0,
      jobTemplate: { spec: { backoffLimit: 0, ttlSecondsAfterFinished: 0 } },
    });
    expect(cronJob.spec).not.toHaveProperty('timeZone');
    expect(at(containerOf(manifests), 'env')).toContainEqual({ name: 'EMPTY', value: '' });
    expect(at(podOf(manifests), 'spec', 'serviceAccountName')).toBe('default');
    expect(manifests.some(({ kind }) => kind === 'ServiceAccount')).toBe(false);
  });

  test('null leaves a limit to Kubernetes', () => {
    const manifests = render(COMBINATIONS.get('null: what Kubernetes takes for a default') ?? {});
    const { spec } = only(manifests, 'CronJob');
    for (const name of ['startingDeadlineSeconds', 'failedJobsHistoryLimit']) expect(spec).not.toHaveProperty(name);
    const job = at(spec, 'jobTemplate', 'spec');
    for (const name of ['activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished']) {
      expect(job).not.toHaveProperty(name);
    }
  });

  test('a CronJob that was suspended by hand stays so through an upgrade', () => {
    expect(only(render(MINIMAL), 'CronJob').spec).not.toHaveProperty('suspend');
    expect(only(render({ ...MINIMAL, suspend: true }), 'CronJob').spec).toHaveProperty('suspend', true);
  });

  test('the program takes the settings file: several models, large numbers, overrides', () => {
    const settings = settingsOf(render(COMBINATIONS.get('several models and settings') ?? {}));
    expect(settings).toMatchObject({
      logsUrl: 'https://logs.blob.core.windows.net/inference/prod',
      minSamples: 1_000_000,
      psiThreshold: 0.25,
      logLevel: 'warn',
      memoryLimitMib: 256,
    });
    expect(settings.models.map(({ name, minSamples }) => [name, minSamples])).toEqual([
      ['churn', undefined],
      ['fraud', 1000],
    ]);
    expect(settings.models[1]?.columns).toEqual({ zip: { type: 'categorical' } });
  });

  test('arguments name the settings file and what a run fails on', () => {
    const args = at(containerOf(render({ ...MINIMAL, failOn: ['critical', 'no-data'] })), 'args');
    const config = ['detect', '--config', '/etc/drift-monitor/drift-monitor.yaml'];
    expect(args).toEqual([...config, '--fail-on', 'critical', '--fail-on', 'no-data']);
  });

  test.each([
    ['1Gi', 256],
    ['512Mi', 128],
    ['100Mi', 64],
    ['1.5Gi', 384],
    ['2G', 476],
    [4294967296, 1024],
    ['4096000Ki', 1000],
    ['5Ti', 1_048_576],
    ['99999999999999Ti', 1_048_576],
  ])('of a memory limit of %s, %d MiB are for decoding', (memory, expected) => {
    const settings = settingsOf(render({ ...MINIMAL, resources: { limits: { memory } } }));
    expect(settings.memoryLimitMib).toBe(expected);
  });

  test('memory for decoding can be said, and without a limit is the default of the program', () => {
    expect(settingsOf(render({ ...MINIMAL, settings: { memoryLimitMib: 100 } })).memoryLimitMib).toBe(100);
    const text = at(
      only(render({ ...MINIMAL, resources: { limits: null } }), 'ConfigMap'),
      'data',
      'drift-monitor.yaml',
    );
    expect(text).not.toContain('memoryLimitMib');
  });

  test('a tag and a version that --set takes for numbers are texts', () => {
    const flags = ['--set', 'image.tag=1,models[0].name=churn,models[0].version=20240101'];
    const manifests = render({ storage: MINIMAL.storage }, flags);
    expect(at(containerOf(manifests), 'image')).toBe('drift-monitor:1');
    expect(settingsOf(manifests).models).toEqual([{ name: 'churn', version: '20240101' }]);
  });

  test('workload identity is on the ServiceAccount and the pod only when it is asked for', () => {
    const clientId = '0a1b2c3d-0000-4000-8000-000000000000';
    const on = render({ ...MINIMAL, workloadIdentity: { clientId } });
    expect(only(on, 'ServiceAccount').metadata.annotations).toEqual({ 'azure.workload.identity/client-id': clientId });
    expect(at(podOf(on), 'metadata', 'labels')).toHaveProperty(['azure.workload.identity/use'], 'true');
    const off = render(MINIMAL);
    expect(only(off, 'ServiceAccount').metadata).not.toHaveProperty('annotations');
    expect(JSON.stringify(podOf(off))).not.toContain('azure.workload.identity');
  });

  test('a connection string comes from the Secret that is named, and from nowhere else', () => {
    const env = at(containerOf(render({ ...MINIMAL, storage: { ...MINIMAL.storage, existingSecret: 's' } })), 'env');
    expect(env).toContainEqual({
      name: 'AZURE_STORAGE_CONNECTION_STRING',
      valueFrom: { secretKeyRef: { name: 's', key: 'AZURE_STORAGE_CONNECTION_STRING' } },
    });
    expect(JSON.stringify(render(MINIMAL))).not.toContain('CONNECTION_STRING');
  });

  test('the network policy lets nothing in, and out only to names, storage and what is added', () => {
    const policy = only(render({ ...MINIMAL, networkPolicy: { enabled: true } }), 'NetworkPolicy');
    const labels = { 'app.kubernetes.io/name': 'drift-monitor', 'app.kubernetes.io/instance': 'r' };
    expect(policy.spec).toMatchObject({ podSelector: { matchLabels: labels }, ingress: [] });
    expect(at(policy, 'spec', 'policyTypes')).toEqual(['Ingress', 'Egress']);
    expect(at(policy, 'spec', 'egress')).toEqual([
      {
        ports: [
          { protocol: 'UDP', port: 53 },
          { protocol: 'TCP', port: 53 },
        ],
      },
      { ports: [{ protocol: 'TCP', port: 443 }] },
    ]);
    expect(at(podOf(render(MINIMAL)), 'metadata', 'labels')).toMatchObject(labels);
  });

  test('alerts and dashboard of the runs look at this release only, and dashboards are JSON with ids of their own', () => {
    const manifests = render({ ...MINIMAL, prometheusRule: { enabled: true }, grafanaDashboard: { enabled: true } });
    const rules = at(only(manifests, 'PrometheusRule'), 'spec', 'groups', 0, 'rules');
    const alerts = Array.isArray(rules) ? rules : [];
    expect(alerts.map(({ alert }) => alert)).toEqual(['DriftMonitorStale', 'DriftMonitorFailed', 'DriftMonitorSlow']);
    for (const { expr } of alerts) {
      expect(expr).toMatch(/namespace="team", (cronjob|owner_kind="CronJob", owner_name)="r-drift-monitor"/);
      expect(expr.match(/\(/g)).toHaveLength(expr.match(/\)/g).length);
    }
    const board = manifests.find(({ metadata }) => metadata.name === 'r-drift-monitor-dashboard');
    expect(board?.metadata.labels).toHaveProperty('grafana_dashboard', '1');
    const texts = Object.values(at(board, 'data') ?? {}).map(String);
    const [models, runs] = texts.map((text): unknown => JSON.parse(text));
    expect(at(runs, 'panels', 0, 'targets', 0, 'expr')).toContain('namespace="team", cronjob="r-drift-monitor"');
    expect(at(models, 'title')).toBe('Model drift: team / r-drift-monitor');
    expect(at(models, 'uid')).not.toBe(at(runs, 'uid'));
    for (const text of texts) expect(text).not.toContain('RELEASE_');
  });

  test('rules about models are there where they are wanted', () => {
    const groups = (models: boolean) =>
      at(only(render({ ...MINIMAL, prometheusRule: { enabled: true, models } }), 'PrometheusRule'), 'spec', 'groups');
    expect(groups(false)).toHaveLength(1);
    expect(groups(true)).toEqual([expect.anything(), ...parse(readChartFile('rules/models.yaml'))]);
  });

  describe('the notes', () => {
    const install = ['install', 'r', CHART, '--namespace', 'team', '--dry-run=client'];
    const notes = (values: object) => helm(install, values).stdout;
    const skipped = HELM !== undefined && /unreachable/.test(helm(install, MINIMAL).stderr);

    test.skipIf(skipped)('say what to do next, and warn where storage has no credentials', () => {
      const said = notes(MINIMAL);
      expect(said).toContain('drift-monitor baseline generate --model-name churn --model-version v7');
      expect(said).toContain('drift-monitor job trigger --namespace team --cronjob r-drift-monitor --wait --follow');
      expect(said).toContain('kubectl --namespace team create job r-drift-monitor-now --from=cronjob/r-drift-monitor');
      expect(said).toContain('WARNING: no credentials');
      expect(said).not.toContain('mounted');
      expect(notes({ ...MINIMAL, storage: { ...MINIMAL.storage, existingSecret: 's' } })).not.toContain('WARNING');
    });

    test.skipIf(skipped)(
      'say of storage on a volume that baselines are made and reports read where it is mounted',
      () => {
        const said = notes(COMBINATIONS.get('files on a volume') ?? {});
        expect(said).toMatch(/1\. .*\n.*where the volume of file:\/data is mounted.*Job/);
        expect(said).toMatch(/3\. Read the report, also where the volume is mounted:/);
        expect(said).not.toContain('WARNING');
      },
    );

    test.skipIf(skipped).each([
      ['file:/data', '/data', false],
      ['file:///data/drift/', '/data', false],
      ['file:/data', '/data/', false],
      ['file:/data', '/', false],
      ['file:/data', '/dat', true],
      ['file:/data', '/data/drift', true],
      ['file:/data', '/elsewhere', true],
    ])('of %s with a volume at %s they warn that it lies in the pod: %s', (url, mountPath, warned) => {
      const volume = { extraVolumes: [{ name: 'v', emptyDir: {} }], extraVolumeMounts: [{ name: 'v', mountPath }] };
      const warning = (name: string) => `WARNING: ${name} ${url} lies in the pod`;
      expect(notes({ ...MINIMAL, storage: { url }, ...volume }).includes(warning('storage.url'))).toBe(warned);
      const logs = { ...MINIMAL, storage: { ...MINIMAL.storage, logsUrl: url }, ...volume };
      expect(notes(logs).includes(warning('storage.logsUrl'))).toBe(warned);
    });
  });
});
