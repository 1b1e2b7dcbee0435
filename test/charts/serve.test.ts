import { describe, expect, test } from 'vitest';
import { loadConfiguration } from '../../src/config/load.ts';
import { at, HELM, type Manifest, NO_HELM, only, render } from './helm.ts';
import { MINIMAL } from './values.ts';

const SERVE = { ...MINIMAL, serve: { enabled: true, tokensSecret: 'drift-tokens' } };
const served = (serve: object, more: object = {}) => ({ ...SERVE, ...more, serve: { ...SERVE.serve, ...serve } });

function podOf(manifests: readonly Manifest[]): unknown {
  return at(only(manifests, 'Deployment'), 'spec', 'template');
}

function environmentOf(manifests: readonly Manifest[]): Record<string, string> {
  const variables = at(podOf(manifests), 'spec', 'containers', 0, 'env') as { name: string; value?: string }[];
  return Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

describe.skipIf(HELM === undefined)(`the chart's server${NO_HELM}`, () => {
  test('is not there unless it is wanted', () => {
    const kinds = render(MINIMAL).map(({ kind }) => kind);
    expect(kinds).not.toContain('Deployment');
    expect(kinds).not.toContain('Service');
  });

  test('needs to be told who may ask it, in words', () => {
    expect(() => render({ ...MINIMAL, serve: { enabled: true } })).toThrow(
      /serve\.tokensSecret is missing: name a Secret/,
    );
    expect(() => render(served({ serviceMonitor: { enabled: true } }))).toThrow(
      /serve\.serviceMonitor\.tokenSecret is missing/,
    );
    expect(() => render({ ...SERVE, extraEnv: [{ name: 'DRIFT_SERVE_PORT', value: '1' }] })).toThrow(
      /extraEnv has DRIFT_SERVE_PORT/,
    );
    expect(() => render({ ...SERVE, extraVolumes: [{ name: 'spill', emptyDir: {} }] })).toThrow(
      /extraVolumes has spill/,
    );
  });

  test('is given settings that the program takes', () => {
    const env = environmentOf(render(served({ bufferMib: 1_000, graceSeconds: 60 })));
    const drift = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('DRIFT_')));
    const { settings } = loadConfiguration({ flags: new Map(), configFile: undefined, env: drift });
    expect(settings).toMatchObject({
      serveHost: '0.0.0.0',
      servePort: 8080,
      serveTokensFile: '/etc/drift-monitor-tokens/tokens',
      serveSpillDirectory: '/spill',
      serveBufferMib: 1000,
      serveGraceSeconds: 60,
      serveCronJob: 'r-drift-monitor',
    });
  });

  test('has time to end: what it waits before it stops, and what the program takes', () => {
    const pod = podOf(render(served({ graceSeconds: 60 })));
    expect(at(pod, 'spec', 'terminationGracePeriodSeconds')).toBeGreaterThan(60 + 5);
  });

  test('gets a token and rights for checks by Jobs only: this CronJob, and Jobs', () => {
    const manifests = render(SERVE);
    expect(at(podOf(manifests), 'spec', 'automountServiceAccountToken')).toBe(true);
    expect(only(manifests, 'Role').rules).toEqual([
      { apiGroups: ['batch'], resources: ['cronjobs'], resourceNames: ['r-drift-monitor'], verbs: ['get'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get'] },
    ]);
    // The pods of the CronJob share its ServiceAccount, and get no token for that.
    const cronJob = at(only(manifests, 'CronJob'), 'spec', 'jobTemplate', 'spec', 'template', 'spec');
    expect(at(cronJob, 'automountServiceAccountToken')).toBe(false);
    const local = render(served({ checks: 'local' }));
    expect(at(podOf(local), 'spec', 'automountServiceAccountToken')).toBe(false);
    expect(local.map(({ kind }) => kind)).not.toContain('Role');
    expect(environmentOf(local)).not.toHaveProperty('DRIFT_SERVE_CRON_JOB');
  });

  test('is what the Service leads to, and pods of the CronJob are not', () => {
    const manifests = render(SERVE);
    const selector = at(only(manifests, 'Service'), 'spec', 'selector') as object;
    expect(at(podOf(manifests), 'metadata', 'labels')).toMatchObject(selector);
    const labels = at(only(manifests, 'CronJob'), 'spec', 'jobTemplate', 'spec', 'template', 'metadata', 'labels');
    expect(labels).not.toMatchObject(selector);
  });

  test('runs as the job does: no root, nothing to write to but its own directories', () => {
    const pod = podOf(render(SERVE));
    const cronJob = at(only(render(SERVE), 'CronJob'), 'spec', 'jobTemplate', 'spec', 'template');
    for (const path of [['securityContext'], ['containers', 0, 'securityContext']] as const) {
      expect(at(pod, 'spec', ...path)).toEqual(at(cronJob, 'spec', ...path));
    }
  });

  test('starts anew when its settings change', () => {
    const mark = (values: object) => at(podOf(render(values)), 'metadata', 'annotations', 'drift-monitor/settings');
    expect(mark(SERVE)).toBe(mark(SERVE));
    expect(mark({ ...SERVE, settings: { psiThreshold: 0.3 } })).not.toBe(mark(SERVE));
  });

  test('behind the firewall only its port is open, for whom the values name', () => {
    const serveFrom = [{ podSelector: { matchLabels: { app: 'churn' } } }];
    const manifests = render({ ...SERVE, networkPolicy: { enabled: true, serveFrom } });
    const policy = manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.endsWith('-serve'));
    expect(at(policy, 'spec', 'ingress')).toEqual([{ ports: [{ protocol: 'TCP', port: 8080 }], from: serveFrom }]);
    expect(at(podOf(manifests), 'metadata', 'labels')).toMatchObject(
      at(policy, 'spec', 'podSelector', 'matchLabels') as object,
    );
  });
});
