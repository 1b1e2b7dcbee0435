import type { V1Job, V1JobCondition, V1Pod } from '@kubernetes/client-node';
import { DriftMonitorError } from '../errors.ts';
import type { EndedShards, ShardRun, ShardRunner } from '../profile/shards/runner.ts';
import type { Cluster } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import { indexesOf, RUN_ID_LABEL, type ShardPods, shardJob, shardJobName } from './indexed-job.ts';
import { type Clock, POLL_MS, patiently } from './patience.ts';
import { podOutcome } from './pod-outcome.ts';
import { oldestFirst } from './run.ts';

/** Told of what goes on. */
export interface ShardsTold {
  readonly onStart: (job: string, shards: number) => void;
  readonly onProgress: (done: number, of: number) => void;
}

/** Between two looks at a Job of shards, which run for minutes. */
const LOOK_MS = 5 * POLL_MS;
/** Failed shards whose pods are asked why. */
const EXPLAINED = 50;

/**
 * Runs shards as pods of an Indexed Job that belongs to the Job of the pod `podName`, in which the program runs. Throws
 * `DriftMonitorError` where there is no cluster, or no such pod.
 */
export async function openShardRunner(
  connect: () => Promise<Cluster>,
  podName: string | undefined,
  pods: ShardPods,
  told: ShardsTold,
  clock: Clock,
): Promise<ShardRunner> {
  if (!podName) {
    throw new DriftMonitorError(
      'pods for shards are made like the one that this runs in, and POD_NAME does not say which that is: run it from the ' +
        'chart with scale.mode auto or job, or set DRIFT_SCALE_MODE=local',
    );
  }
  const cluster = await connect();
  const own = await ownJob(cluster, podName, clock);
  return {
    start: (run) => start(cluster, own, run, pods, told, clock),
    ended: (run) => ended(cluster, run, told, clock),
  };
}

async function ownJob(cluster: Cluster, podName: string, clock: Clock): Promise<V1Job> {
  const pod = await patiently(() => cluster.getPod(podName), clock);
  const owner = pod.metadata?.ownerReferences?.find(({ kind }) => kind === 'Job');
  if (owner === undefined) {
    throw new DriftMonitorError(
      `the pod ${podName} belongs to no Job, whose pods those for shards would be made like; start it as a Job, or set DRIFT_SCALE_MODE=local`,
    );
  }
  return patiently(() => cluster.getJob(owner.name), clock);
}

async function start(
  cluster: Cluster,
  own: V1Job,
  run: ShardRun,
  pods: ShardPods,
  told: ShardsTold,
  clock: Clock,
): Promise<void> {
  const name = shardJobName(run);
  for (;;) {
    try {
      await patiently(() => cluster.createJob(shardJob(own, run, pods, clock.now())), clock);
      return told.onStart(name, run.shards);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.kind !== 'already-exists') throw error;
    }
    const present = await jobOf(cluster, run, clock);
    // Another coordinator has started it: this one goes on with it.
    if (present !== undefined && endOf(present) === undefined && !present.metadata?.deletionTimestamp) {
      return told.onStart(name, run.shards);
    }
    // Of an earlier try at the same work.
    if (present !== undefined && !present.metadata?.deletionTimestamp) await removeJob(cluster, name, clock);
    await clock.sleep(POLL_MS);
  }
}

async function removeJob(cluster: Cluster, name: string, clock: Clock): Promise<void> {
  try {
    await patiently(() => cluster.deleteJob(name), clock);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== 'not-found') throw error;
  }
}

/** Undefined where there is none (any more). */
async function jobOf(cluster: Cluster, run: ShardRun, clock: Clock): Promise<V1Job | undefined> {
  try {
    return await patiently(() => cluster.getJob(shardJobName(run)), clock);
  } catch (error) {
    if (error instanceof ClusterError && error.kind === 'not-found') return undefined;
    throw error;
  }
}

function endOf({ status }: V1Job): V1JobCondition | undefined {
  return status?.conditions?.find(({ type, status }) => /^(Complete|Failed)$/.test(type) && status === 'True');
}

async function ended(cluster: Cluster, run: ShardRun, told: ShardsTold, clock: Clock): Promise<EndedShards> {
  let done = -1;
  for (;;) {
    const job = await jobOf(cluster, run, clock);
    if (job === undefined) return { causes: new Map(), otherwise: 'its pod is gone, and why with it' };
    const succeeded = job.status?.succeeded ?? 0;
    if (succeeded !== done) told.onProgress(succeeded, run.shards);
    done = succeeded;
    const end = endOf(job);
    if (end !== undefined) return await causesOf(cluster, job, end, clock);
    await clock.sleep(LOOK_MS);
  }
}

async function causesOf(cluster: Cluster, job: V1Job, end: V1JobCondition, clock: Clock): Promise<EndedShards> {
  const failed = [...indexesOf(job.status?.failedIndexes)];
  const pods = failed.length === 0 ? [] : await podsOf(cluster, job, failed.slice(0, EXPLAINED), clock);
  const ofIndex = Map.groupBy(oldestFirst(pods), indexOfPod);
  const causes = new Map<number, string>();
  for (const index of failed) causes.set(index, podCause(ofIndex.get(index)?.at(-1)));
  return { causes, otherwise: jobCause(job, end) };
}

async function podsOf(cluster: Cluster, job: V1Job, indexes: readonly number[], clock: Clock): Promise<V1Pod[]> {
  const runId = job.metadata?.labels?.[RUN_ID_LABEL] ?? '';
  const selector = `${RUN_ID_LABEL}=${runId},batch.kubernetes.io/job-completion-index in (${indexes.join(',')})`;
  try {
    return await patiently(() => cluster.listPods(selector), clock);
  } catch (error) {
    // The report comes all the same, with less to say.
    if (error instanceof ClusterError) return [];
    throw error;
  }
}

function indexOfPod({ metadata }: V1Pod): number {
  return Number(metadata?.labels?.['batch.kubernetes.io/job-completion-index'] ?? -1);
}

function podCause(pod: V1Pod | undefined): string {
  if (pod === undefined) return 'the pod that should have read it failed, and is gone';
  const { summary, explanation } = podOutcome(pod);
  const said = explanation === undefined || explanation === '' ? '' : ` (${explanation})`;
  return `the pod that should have read it failed each time, at last with: ${summary}${said}`;
}

function jobCause(job: V1Job, { type, reason, message }: V1JobCondition): string {
  if (type === 'Complete') return 'the pod that should have read it finished without a result';
  if (reason === 'DeadlineExceeded') {
    return `the pods that read the logs were not done within ${job.spec?.activeDeadlineSeconds} s`;
  }
  if (reason === 'MaxFailedIndexesExceeded') return 'too many other pods failed, and no more were started';
  return `the pods that read the logs were stopped: ${message ?? reason ?? 'no reason given'}`;
}
