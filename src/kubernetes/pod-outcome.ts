import type { V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { mainContainer } from './cron-jobs.ts';

/** How something on the cluster stands or ended. Texts may hold some of the cluster's own: not to be printed as they are. */
export interface Outcome {
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed';
  /** Kubernetes' own word for it, or the nearest. */
  readonly reason: string;
  /** Of the container, where it ended. */
  readonly exitCode?: number;
  /** A few words. */
  readonly summary: string;
  /** What the cluster says about it, and what to do. */
  readonly explanation?: string;
  /** Nothing will change by waiting. */
  readonly isStuck?: true;
}

const EXIT_CODES: ReadonlyMap<number, string> = new Map([
  [1, 'error'],
  [2, 'bad usage or configuration'],
  [3, 'found what --fail-on names'],
  [137, 'killed'],
  [139, 'crashed'],
  [143, 'stopped'],
]);

export const SUCCEEDED: Outcome = {
  state: 'succeeded',
  reason: 'Completed',
  exitCode: 0,
  summary: 'finished (exit 0)',
};

/** Of a container that ended before its program ran. */
const NOT_STARTED: readonly string[] = [
  'StartError',
  'ContainerCannotRun',
  'RunContainerError',
  'CreateContainerError',
  'CreateContainerConfigError',
];

/** Waiting reasons of containers that are in order. */
const STARTING: readonly string[] = ['ContainerCreating', 'PodInitializing'];

const IMAGE: readonly string[] = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];
/** After the kubelet has tried more than once, or cannot even try. */
const STUCK: readonly string[] = [
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
];

/** How a pod of a run stands, by its main container. */
export function podOutcome(pod: V1Pod): Outcome {
  const { status } = pod;
  const main = mainContainer(pod.spec, pod.metadata);
  const own = mainStatus(pod);
  const terminated = own?.state?.terminated;
  if (status?.reason === 'Evicted') {
    return failed(
      'Evicted',
      'evicted by the node',
      `${status.message ?? ''} Raise the requests or the size limit of /tmp.`,
    );
  }
  const disruption = status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  if (disruption !== undefined && status?.phase === 'Failed') {
    const { reason = 'DisruptionTarget', message = '' } = disruption;
    return failed(reason, 'evicted', `${message} It is no fault of the run; the Job tries again if it may.`);
  }
  if (terminated !== undefined) return ended(terminated, main?.resources?.limits?.memory);
  if (status?.phase === 'Failed') {
    return failed(status.reason ?? 'Failed', 'failed', status.message ?? 'the pod gives no reason');
  }
  if (status?.phase === 'Succeeded') return SUCCEEDED;
  const unschedulable = status?.conditions?.find(({ reason }) => reason === 'Unschedulable');
  if (unschedulable !== undefined) {
    return {
      state: 'waiting',
      reason: 'Unschedulable',
      summary: 'waits for a node',
      explanation: `${unschedulable.message ?? ''} Lower the requests, or give the cluster a node that fits.`,
    };
  }
  for (const container of [...(status?.initContainerStatuses ?? []), ...(own === undefined ? [] : [own])]) {
    const problem = waiting(container);
    if (problem !== undefined) return problem;
  }
  if (own?.state?.running !== undefined) return { state: 'running', reason: 'Running', summary: 'still running' };
  return { state: 'waiting', reason: 'Pending', summary: 'starting' };
}

/** Whether its container has written, or may have written, a log. */
export function hasStarted(pod: V1Pod): boolean {
  const { state, lastState } = mainStatus(pod) ?? {};
  return (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined;
}

export function hasEnded(pod: V1Pod): boolean {
  return mainStatus(pod)?.state?.terminated !== undefined || /Succeeded|Failed/.test(pod.status?.phase ?? '');
}

function mainStatus({ metadata, spec, status }: V1Pod): V1ContainerStatus | undefined {
  const name = mainContainer(spec, metadata)?.name;
  return status?.containerStatuses?.find((container) => container.name === name);
}

function ended({ exitCode, reason, message }: V1ContainerStateTerminated, memoryLimit: string | undefined): Outcome {
  if (exitCode === 0) return SUCCEEDED;
  // The end of the log: what a run that found drift wrote ends with a ruler.
  const said = message?.split('\n').findLast((line) => /\w/.test(line));
  if (reason === 'OOMKilled') {
    const limit = memoryLimit === undefined ? 'than its node had left' : `than its limit of ${memoryLimit}`;
    return failed(reason, 'out of memory', `used more memory ${limit}; raise resources.limits.memory`, exitCode);
  }
  if (reason !== undefined && reason !== 'Error' && reason !== 'Completed') {
    const summary = NOT_STARTED.includes(reason) ? `cannot start: ${reason}` : `${reason} (exit ${exitCode})`;
    return failed(reason, summary, said, exitCode);
  }
  const meaning = EXIT_CODES.get(exitCode) ?? 'failed';
  return failed('Error', `${meaning} (exit ${exitCode})`, said, exitCode);
}

function waiting({ image, state, lastState }: V1ContainerStatus): Outcome | undefined {
  const { reason, message = '' } = state?.waiting ?? {};
  if (reason === undefined || STARTING.includes(reason)) return undefined;
  const stuck = STUCK.includes(reason) ? ({ isStuck: true } as const) : {};
  if (IMAGE.includes(reason)) {
    return {
      state: 'waiting',
      reason,
      summary: 'image cannot be pulled',
      explanation: `check name and tag of ${image}, and that the nodes may pull it: ${message}`,
      ...stuck,
    };
  }
  const before = lastState?.terminated === undefined ? '' : ` after ${ended(lastState.terminated, undefined).summary}`;
  return { state: 'waiting', reason, summary: `cannot start: ${reason}${before}`, explanation: message, ...stuck };
}

function failed(reason: string, summary: string, explanation: string | undefined, exitCode?: number): Outcome {
  return {
    state: 'failed',
    reason,
    summary,
    ...(explanation !== undefined && { explanation: explanation.trim() }),
    ...(exitCode !== undefined && { exitCode }),
  };
}
