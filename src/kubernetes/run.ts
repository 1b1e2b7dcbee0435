import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { isManual, nameOf } from './cron-jobs.ts';
import { type Outcome, podOutcome, SUCCEEDED } from './pod-outcome.ts';

/** One Job of the CronJob, as far as the cluster still knows it. */
export interface Run {
  readonly job: string;
  /** Started by hand, not by the schedule. */
  readonly manual: boolean;
  readonly startedAt: Date | undefined;
  /** `undefined` while it goes on. */
  readonly finishedAt: Date | undefined;
  readonly outcome: Outcome;
}

/** Selects the pods of Jobs. */
export function podsOfJobs(jobs: readonly string[]): string {
  return `batch.kubernetes.io/job-name in (${jobs.join(',')})`;
}

export function jobOfPod({ metadata }: V1Pod): string | undefined {
  return metadata?.labels?.['batch.kubernetes.io/job-name'];
}

/** The run that a Job is, with its pods where they could be read: they know more than the Job. */
export function runOf(job: V1Job, pods: readonly V1Pod[]): Run {
  const { status } = job;
  const failed = condition(job, 'Failed');
  return {
    job: nameOf(job),
    manual: isManual(job),
    startedAt: status?.startTime ?? job.metadata?.creationTimestamp,
    finishedAt: status?.completionTime ?? failed?.lastTransitionTime,
    outcome: outcomeOf(job, oldestFirst(pods)),
  };
}

/** One pod an attempt: the last one tells how the run stands. */
export function oldestFirst(pods: readonly V1Pod[]): V1Pod[] {
  const age = ({ metadata }: V1Pod) => metadata?.creationTimestamp?.getTime() ?? 0;
  return [...pods].sort((a, b) => age(a) - age(b));
}

function outcomeOf(job: V1Job, pods: readonly V1Pod[]): Outcome {
  const last = pods.at(-1);
  if (condition(job, 'Complete') !== undefined) return SUCCEEDED;
  const failed = condition(job, 'Failed');
  if (failed !== undefined) return failedOutcome(job, failed, last);
  if (job.spec?.suspend === true) {
    return {
      state: 'waiting',
      reason: 'Suspended',
      summary: 'the Job is suspended',
      explanation: 'set its spec.suspend to false',
    };
  }
  if (last === undefined) {
    return { state: 'waiting', reason: 'NoPod', summary: 'has no pod yet' };
  }
  const outcome = podOutcome(last);
  const attempts = (job.status?.failed ?? 0) + 1;
  // The Job goes on after a pod has ended: it tries again, or is about to say how it ended.
  if (outcome.state === 'failed') {
    return { ...outcome, state: 'running', summary: `${outcome.summary}; may be tried again` };
  }
  if (outcome.state === 'succeeded') return outcome;
  return attempts > 1 ? { ...outcome, summary: `${outcome.summary}, attempt ${attempts}` } : outcome;
}

function failedOutcome(
  job: V1Job,
  { reason = 'Failed', message }: { readonly reason?: string; readonly message?: string },
  last: V1Pod | undefined,
): Outcome {
  if (reason === 'DeadlineExceeded') {
    const seconds = job.spec?.activeDeadlineSeconds;
    const deadline = seconds === undefined ? 'its deadline' : `its deadline of ${seconds} s`;
    return {
      state: 'failed',
      reason,
      summary: 'deadline exceeded',
      explanation: `stopped after ${deadline}: raise activeDeadlineSeconds, or find what took so long; without a log it waited for a node or its image`,
    };
  }
  const ofPod = last === undefined ? undefined : podOutcome(last);
  if (ofPod?.state !== 'failed') {
    const explanation = [message, 'its pods are gone, and why with them'].filter(Boolean).join('; ');
    return { state: 'failed', reason, summary: `failed: ${reason}`, explanation };
  }
  const attempts = job.status?.failed ?? 1;
  return attempts > 1 ? { ...ofPod, summary: `${ofPod.summary}, ${attempts} attempts` } : ofPod;
}

function condition({ status }: V1Job, type: string) {
  return status?.conditions?.find((one) => one.type === type && one.status === 'True');
}
