const storage = { url: 'https://account.blob.core.windows.net/monitoring' };
const models = [{ name: 'churn', version: 'v7' }];

/** What has to be given, and nothing else. */
export const MINIMAL = { storage, models };

/** Of what alerts may do, what asks something of the Kubernetes API. */
export const TELLING_KUBERNETES = {
  ...MINIMAL,
  settings: {
    alerts: {
      sinks: [
        { kind: 'slack', url: `\${SLACK_WEBHOOK_URL}` },
        { kind: 'kubernetes-event', object: 'CronJob/drift-monitor' },
      ],
    },
    retraining: { job: { cronJob: 'train-churn' } },
  },
  networkPolicy: { enabled: true },
  extraEnv: [{ name: 'SLACK_WEBHOOK_URL', valueFrom: { secretKeyRef: { name: 'alerts', key: 'slack-webhook-url' } } }],
};

/** Combinations of values that have to render, pass every schema, and be taken by an API server without a warning. */
export const COMBINATIONS: ReadonlyMap<string, object> = new Map<string, object>([
  ['storage and model only', MINIMAL],
  [
    'several models and settings',
    {
      storage: { ...storage, logsUrl: 'https://logs.blob.core.windows.net/inference/prod' },
      models: [
        ...models,
        { name: 'fraud', version: 'v2', minSamples: 1000, columns: { zip: { type: 'categorical' } } },
      ],
      settings: { psiThreshold: 0.25, minSamples: 1_000_000, columns: { age: { ksThreshold: 0.3 } }, logLevel: 'warn' },
      failOn: ['critical', 'no-data'],
    },
  ],
  [
    'zero, false and empty',
    {
      ...MINIMAL,
      timeZone: '',
      backoffLimit: 0,
      ttlSecondsAfterFinished: 0,
      successfulJobsHistoryLimit: 0,
      failedJobsHistoryLimit: 0,
      suspend: false,
      settings: {},
      failOn: [],
      resources: {},
      serviceAccount: { create: false, name: '' },
      grafanaDashboard: { enabled: true, labels: {} },
      extraEnv: [{ name: 'EMPTY', value: '' }],
    },
  ],
  [
    'null: what Kubernetes takes for a default',
    {
      ...MINIMAL,
      startingDeadlineSeconds: null,
      activeDeadlineSeconds: null,
      backoffLimit: null,
      ttlSecondsAfterFinished: null,
      successfulJobsHistoryLimit: null,
      failedJobsHistoryLimit: null,
      resources: null,
      prometheusRule: { enabled: true },
    },
  ],
  ['the server', { ...MINIMAL, serve: { enabled: true, tokensSecret: 'drift-tokens' } }],
  [
    'the server with everything',
    {
      ...MINIMAL,
      serve: {
        enabled: true,
        tokensSecret: 'drift-tokens',
        tokensSecretKey: 'list',
        checks: 'local',
        resources: null,
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, tokenSecret: 'drift-metrics' },
      },
      networkPolicy: { enabled: true, serveFrom: [{ namespaceSelector: { matchLabels: { team: 'ml' } } }] },
    },
  ],
  ['alerts as Events, retraining as a Job', TELLING_KUBERNETES],
  ['workload identity', { ...MINIMAL, workloadIdentity: { clientId: '0a1b2c3d-0000-4000-8000-000000000000' } }],
  ['connection string in a Secret', { ...MINIMAL, storage: { ...storage, existingSecret: 'storage' } }],
  [
    'files on a volume',
    {
      storage: { url: 'file:/data' },
      models,
      extraVolumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'drift' } }],
      extraVolumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  ],
  ['fan-out when there is much to read', { ...MINIMAL, scale: { mode: 'auto' } }],
  ['fan-out always', { ...MINIMAL, scale: { mode: 'job', shardMib: 64, parallelism: 2 } }],
  [
    'everything',
    {
      storage: { ...storage, existingSecret: 'storage', existingSecretKey: 'connection' },
      models,
      fullnameOverride: 'watch',
      commonLabels: { 'app.kubernetes.io/part-of': 'ml' },
      workloadIdentity: { clientId: '0a1b2c3d-0000-4000-8000-000000000000' },
      schedule: '*/30 6-20 * * 1-5',
      timeZone: 'Europe/Berlin',
      suspend: true,
      image: { repository: 'images.example:5000/ml/drift-monitor', tag: 'v0.1', pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { memory: 2147483648, 'ephemeral-storage': '4Gi' } },
      scale: { mode: 'auto' },
      serviceAccount: { create: true, name: 'drift', annotations: { owner: 'ml' } },
      podAnnotations: { 'example.com/team': 'ml' },
      podLabels: { team: 'ml' },
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'pool', operator: 'In', values: ['batch'] }] } },
          ],
        },
      },
      extraEnv: [
        { name: 'DRIFT_LOG_LEVEL', value: 'debug' },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
      extraVolumes: [{ name: 'certificates', configMap: { name: 'certificates', optional: true } }],
      extraVolumeMounts: [{ name: 'certificates', mountPath: '/etc/certificates', readOnly: true }],
      networkPolicy: {
        enabled: true,
        extraEgress: [
          { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 10000, endPort: 10002 }] },
        ],
      },
      prometheusRule: { enabled: true, models: true, labels: { release: 'prometheus' } },
      grafanaDashboard: { enabled: true },
    },
  ],
]);
