import type { V1ContainerState, V1CronJob, V1Job, V1JobCondition, V1Pod, V1PodStatus } from '@kubernetes/client-node';

/** Objects as Kubernetes 1.36 answered with them, without what nobody here reads. */

export const NAMESPACE = 'team';
const UID = '5e65559e-61e2-4506-a9aa-efc17e30e118';

export function aCronJob(name = 'r-drift-monitor', spec: Partial<V1CronJob['spec']> = {}): V1CronJob {
  const labels = { 'app.kubernetes.io/component': 'drift-monitor' };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { creationTimestamp: new Date('2026-11-21T13:46:56Z'), labels, name, namespace: NAMESPACE, uid: UID },
    spec: {
      concurrencyPolicy: 'Forbid',
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        metadata: { annotations: { note: 'kept' }, labels },
        spec: {
          activeDeadlineSeconds: 600,
          backoffLimit: 1,
          podFailurePolicy: {
            rules: [
              {
                action: 'FailJob',
                onExitCodes: { containerName: 'drift-monitor', operator: 'In', values: [2, 3] },
              },
            ],
          },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  args: ['detect', '--model-name', 'churn'],
                  image: 'example.invalid/drift-monitor:1',
                  imagePullPolicy: 'IfNotPresent',
                  name: 'drift-monitor',
                  resources: { limits: { cpu: '500m', memory: '512Mi' } },
                  terminationMessagePath: '/dev/termination-log',
                  terminationMessagePolicy: 'File',
                },
              ],
              dnsPolicy: 'ClusterFirst',
              restartPolicy: 'Never',
              schedulerName: 'default-scheduler',
              securityContext: {},
              terminationGracePeriodSeconds: 30,
            },
          },
        },
      },
      schedule: '7 * * * *',
      successfulJobsHistoryLimit: 3,
      suspend: false,
      timeZone: 'Europe/Berlin',
      ...spec,
    },
    status: {
      lastScheduleTime: new Date('2026-11-21T14:07:00Z'),
      lastSuccessfulTime: new Date('2026-11-21T14:07:01Z'),
    },
  };
}

/** What `kubectl create job k2 --from=cronjob/r-drift-monitor --dry-run=client -o json` prints. */
export const KUBECTL_JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', note: 'kept' },
    labels: { 'app.kubernetes.io/component': 'drift-monitor' },
    name: 'k2',
    namespace: NAMESPACE,
    ownerReferences: [{ apiVersion: 'batch/v1', controller: true, kind: 'CronJob', name: 'r-drift-monitor', uid: UID }],
  },
  spec: aCronJob().spec?.jobTemplate.spec,
  status: {},
};

type Status = NonNullable<V1Job['status']>;

const STARTED = new Date('2026-11-21T14:05:23Z');

/** A Job of `aCronJob()` that goes on, unless `status` says otherwise. */
export function aJob(name: string, status: Status = {}, createdAt = STARTED): V1Job {
  const { metadata, spec } = aCronJob().spec?.jobTemplate ?? {};
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...metadata,
      creationTimestamp: createdAt,
      name,
      namespace: NAMESPACE,
      ownerReferences: KUBECTL_JOB.metadata.ownerReferences,
    },
    ...(spec && { spec }),
    status: { startTime: createdAt, active: 1, ready: 0, terminating: 0, ...status },
  };
}

function condition(type: string, reason: string, message: string, at = '2026-11-21T14:05:34Z'): V1JobCondition {
  return { type, status: 'True', reason, message, lastProbeTime: new Date(at), lastTransitionTime: new Date(at) };
}

export const COMPLETE: Status = {
  active: 0,
  completionTime: new Date('2026-11-21T14:05:34Z'),
  conditions: [
    condition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods'),
    condition('Complete', 'CompletionsReached', 'Reached expected number of succeeded pods'),
  ],
  succeeded: 1,
};

function failed(reason: string, message: string, pods: number): Status {
  return {
    active: 0,
    conditions: [condition('FailureTarget', reason, message), condition('Failed', reason, message)],
    failed: pods,
  };
}

export const BACKOFF_LIMIT = failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit', 2);
export const DEADLINE = failed('DeadlineExceeded', 'Job was active longer than specified deadline', 1);
export const POD_FAILURE_POLICY = failed(
  'PodFailurePolicy',
  'Container drift-monitor for pod team/f3-gs7px failed with exit code 3 matching FailJob rule at index 0',
  1,
);

/** A pod of a Job, `attempt` minutes after its start. */
export function aPod(job: string, status: V1PodStatus, attempt = 0): V1Pod {
  const spec = aJob(job).spec?.template.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      creationTimestamp: new Date(STARTED.getTime() + attempt * 60_000),
      labels: { 'batch.kubernetes.io/job-name': job, 'job-name': job },
      name: `${job}-pod${attempt}`,
      namespace: NAMESPACE,
    },
    ...(spec && { spec }),
    status,
  };
}

function container(state: V1ContainerState, image = 'example.invalid/drift-monitor:1') {
  return [{ image, imageID: '', lastState: {}, name: 'drift-monitor', ready: false, restartCount: 0, state }];
}

export const RUNNING: V1PodStatus = {
  phase: 'Running',
  containerStatuses: container({ running: { startedAt: STARTED } }),
};

export function exited(exitCode: number, reason = 'Error', message?: string): V1PodStatus {
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: [{ type: 'Ready', status: 'False', reason: 'PodFailed' }],
    containerStatuses: container({
      terminated: { exitCode, reason, startedAt: STARTED, finishedAt: STARTED, ...(message && { message }) },
    }),
  };
}

export const OUT_OF_MEMORY = exited(137, 'OOMKilled');

export const START_ERROR = exited(
  128,
  'StartError',
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to ' +
    'start container process: exec: "/no/such": stat /no/such: no such file or directory: unknown',
);

/** What the kubelet says of a container that it cannot find any more, as after a node was lost. */
export const STATUS_UNKNOWN = exited(
  137,
  'ContainerStatusUnknown',
  'The container could not be located when the pod was terminated',
);

function waiting(reason: string, message: string, image?: string): V1PodStatus {
  return { phase: 'Pending', containerStatuses: container({ waiting: { reason, message } }, image) };
}

export const IMAGE_PULL = waiting(
  'ImagePullBackOff',
  'Back-off pulling image "registry.invalid/none:1": ErrImagePull: failed to pull and unpack image "registry.invalid/none:1": ' +
    'failed to resolve reference "registry.invalid/none:1": dial tcp: lookup registry.invalid: no such host',
  'registry.invalid/none:1',
);
export const NO_CONFIG_MAP = waiting('CreateContainerConfigError', 'configmap "absent" not found');
export const STARTING: V1PodStatus = {
  phase: 'Pending',
  containerStatuses: container({ waiting: { reason: 'ContainerCreating' } }),
};

export const UNSCHEDULABLE: V1PodStatus = {
  phase: 'Pending',
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    },
  ],
};

export const EVICTED: V1PodStatus = {
  phase: 'Failed',
  reason: 'Evicted',
  message: 'Usage of EmptyDir volume "tmp" exceeds the limit "5Mi".',
  conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }],
};

export const PREEMPTED: V1PodStatus = {
  ...exited(143),
  conditions: [
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    },
  ],
};

export const FAILED_CREATE = {
  kind: 'Event',
  apiVersion: 'v1',
  metadata: { name: 'nosa.18ea147c1a83ef2c', namespace: NAMESPACE },
  involvedObject: { apiVersion: 'batch/v1', kind: 'Job', name: 'nosa', namespace: NAMESPACE },
  message:
    'Error creating: pods "nosa-" is forbidden: error looking up service account team/missing: serviceaccount "missing" not found',
  reason: 'FailedCreate',
  reportingComponent: 'job-controller',
  type: 'Warning',
};

export interface ApiStatus {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
}

export const UNAUTHORIZED: ApiStatus = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

export function forbidden(verb: string, resource: string, group = 'batch'): ApiStatus {
  const object = group === '' ? resource : `${resource}.${group}`;
  return {
    code: 403,
    reason: 'Forbidden',
    message: `${object} is forbidden: User "system:serviceaccount:team:weak" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "team"`,
  };
}

export const QUOTA: ApiStatus = {
  code: 403,
  reason: 'Forbidden',
  message:
    'jobs.batch "x" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0',
};

export function notFound(what: string): ApiStatus {
  return { code: 404, reason: 'NotFound', message: `${what} not found` };
}
