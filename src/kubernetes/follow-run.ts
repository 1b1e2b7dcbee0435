import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { DriftMonitorError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import { followContainerLog } from './container-log.ts';
import { mainContainer, nameOf } from './cron-jobs.ts';
import { explainMissingPod } from './no-pod.ts';
import { type Clock, POLL_MS, patiently } from './patience.ts';
import { hasEnded, hasStarted, type Outcome } from './pod-outcome.ts';
import { oldestFirst, podsOfJobs, type Run, runOf } from './run.ts';

export interface Followers {
  /** Told each time that the run stands differently. */
  readonly onChange: (outcome: Outcome) => void;
  /** Told the log of each pod, line by line; absent where nobody wants it. */
  readonly onLine?: (line: string) => Promise<void>;
  /** Told why a log breaks off. */
  readonly onLostLog: (reason: string) => void;
}

/**
 * Waits for the end of a Job. Throws where its image cannot be pulled or its configuration is missing, since that is not
 * mended by waiting, and where the Job is deleted.
 */
export async function followRun(cluster: Cluster, job: string, followers: Followers, clock: Clock): Promise<Run> {
  const pods = new Map<string, V1Pod>();
  const logged = new Set<string>();
  let told = '';
  for (;;) {
    const current = await patiently(() => theJob(cluster, job), clock);
    for (const pod of await patiently(() => cluster.listPods(podsOfJobs([job])), clock)) pods.set(nameOf(pod), pod);
    const run = await explainMissingPod(cluster, runOf(current, [...pods.values()]), clock.now());
    const { outcome, finishedAt } = run;
    if (finishedAt === undefined && told !== JSON.stringify(outcome)) followers.onChange(outcome);
    told = JSON.stringify(outcome);
    const next = oldestFirst([...pods.values()]).find((pod) => hasStarted(pod) && !logged.has(nameOf(pod)));
    if (next !== undefined && followers.onLine !== undefined) {
      logged.add(nameOf(next));
      await passOn(cluster, next, followers.onLine, followers.onLostLog, clock);
      continue;
    }
    if (finishedAt !== undefined) return run;
    if (outcome.isStuck === true) {
      throw new DriftMonitorError(
        `${job}: ${outcome.summary}: ${outcome.explanation}. The cluster goes on trying until the Job is deleted or its deadline`,
      );
    }
    await clock.sleep(POLL_MS);
  }
}

async function theJob(cluster: Cluster, job: string): Promise<V1Job> {
  try {
    return await cluster.getJob(job);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== 'not-found') throw error;
    throw new DriftMonitorError(
      `the Job ${job} is gone: deleted by someone, or after its end by the CronJob's history limits or its own ` +
        'ttlSecondsAfterFinished; how it ended is not known',
      { cause: error },
    );
  }
}

async function passOn(
  cluster: Cluster,
  pod: V1Pod,
  onLine: (line: string) => Promise<void>,
  onLostLog: (reason: string) => void,
  clock: Clock,
): Promise<void> {
  const name = nameOf(pod);
  const container = mainContainer(pod.spec, pod.metadata)?.name ?? '';
  const selector = podsOfJobs([pod.metadata?.labels?.['batch.kubernetes.io/job-name'] ?? '']);
  const ended = async () => {
    const now = (await patiently(() => cluster.listPods(selector), clock)).find((other) => nameOf(other) === name);
    return now === undefined || hasEnded(now);
  };
  try {
    for await (const line of followContainerLog(cluster, { pod: name, container }, ended, clock)) await onLine(line);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind === 'forbidden' || error.kind === 'unauthenticated') throw error;
    onLostLog(error.message);
  }
}
