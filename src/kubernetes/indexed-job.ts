import type { V1Container, V1Job, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { ShardRun } from '../profile/shards/runner.ts';
import { mainContainer, nameOf } from './cron-jobs.ts';

/** On Jobs whose pods read shards, and on these pods. */
export const RUN_ID_LABEL = 'drift-monitor/run-id';

/** What the shards of a run are started with. */
export interface ShardPods {
  /** Of the program, before those that name the plan. */
  readonly args: readonly string[];
  /** Pods at the same time. */
  readonly parallelism: number;
}

/** Two further tries a shard: pods are lost to nodes, and storages have bad minutes. */
const RETRIES = 2;
/** For an hour the logs of shards that failed can be read. */
const TTL_SECONDS = 3600;
/** Where the coordinator has no deadline: the next run is due. */
const DEADLINE_SECONDS = 3600;
/** What the coordinator keeps of its own deadline for merging and judging. */
const RESERVE_SECONDS = 300;

/** The same run has the same Job, whoever starts it. */
export function shardJobName({ runId }: ShardRun): string {
  return `drift-shards-${runId}`;
}

/**
 * The Indexed Job that reads a run's shards, with pods like those of the coordinator's own Job: image, environment, volumes,
 * security context and ServiceAccount are the same, and only its token is not mounted. It goes when the own Job goes.
 */
export function shardJob(own: V1Job, run: ShardRun, { args, parallelism }: ShardPods, now: number): V1Job {
  const name = shardJobName(run);
  const label = { [RUN_ID_LABEL]: run.runId };
  const template = structuredClone(own.spec?.template ?? {});
  const container = mainContainer(template.spec, template.metadata);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels: { ...ownLabels(own.metadata?.labels), ...label },
      // Without blockOwnerDeletion, which would need a right on jobs/finalizers.
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'Job', name: nameOf(own), uid: own.metadata?.uid ?? '', controller: true },
      ],
    },
    spec: {
      completionMode: 'Indexed',
      completions: run.shards,
      parallelism: Math.min(parallelism, run.shards),
      backoffLimitPerIndex: RETRIES,
      // What fails everywhere is not tried ten thousand times.
      maxFailedIndexes: Math.min(run.shards, Math.max(10, Math.ceil(run.shards / 10))),
      activeDeadlineSeconds: deadline(own, now),
      ttlSecondsAfterFinished: TTL_SECONDS,
      podFailurePolicy: {
        rules: [
          // Bad configuration: the same would come out again.
          {
            action: 'FailIndex',
            onExitCodes: { ...(container && { containerName: container.name }), operator: 'In', values: [2] },
          },
          // A drained node or a preemption is no failure of the shard.
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      template: shardTemplate(template, container, [...args, '--plan', run.planKey], label),
    },
  };
}

function shardTemplate(
  template: V1PodTemplateSpec,
  container: V1Container | undefined,
  args: readonly string[],
  label: Readonly<Record<string, string>>,
): V1PodTemplateSpec {
  if (container !== undefined) container.args = [...args];
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...ownLabels(template.metadata?.labels), ...label } },
    ...(template.spec && {
      spec: { ...template.spec, restartPolicy: 'Never', automountServiceAccountToken: false },
    }),
  };
}

/** Without those that tie pods to the Job that they are of. */
function ownLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  const isOfJob = (key: string) => /^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/.test(key);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isOfJob(key)));
}

/** Before the own deadline, so that a report comes whatever the shards do. */
function deadline({ spec, status }: V1Job, now: number): number {
  const own = spec?.activeDeadlineSeconds;
  if (own === undefined) return DEADLINE_SECONDS;
  const left = own - Math.floor((now - (status?.startTime?.getTime() ?? now)) / 1000);
  return Math.max(60, left - Math.min(RESERVE_SECONDS, Math.floor(left / 4)));
}

/** What a Job's status lists in short: `1,3-5`. */
export function* indexesOf(text: string | undefined): Generator<number> {
  for (const part of (text ?? '').split(',')) {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    if (from === undefined) continue;
    for (let index = Number(from); index <= Number(to); index++) yield index;
  }
}
