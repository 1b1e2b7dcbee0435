import type { V1Container, V1CronJob, V1Job, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';
import { DriftMonitorError, UsageError } from '../errors.ts';
import type { Cluster } from './cluster.ts';
import { placeInWords } from './place.ts';

/** On every object of the chart but pods, whatever names its values override. */
export const APP_LABEL = 'app.kubernetes.io/component=drift-monitor';

/** The CronJob of that name, or else the only one of this program in the namespace. */
export async function findCronJob(cluster: Cluster, name: string | undefined): Promise<V1CronJob> {
  if (name !== undefined) return cluster.getCronJob(name);
  const found = await cluster.listCronJobs(APP_LABEL);
  const [only, ...others] = found;
  const where = placeInWords(cluster.place);
  if (only === undefined) {
    throw new DriftMonitorError(
      `there is no CronJob with the label ${APP_LABEL} in ${where}; say where with --namespace and --context, name one ` +
        'without the label with --cronjob, or install the chart',
    );
  }
  if (others.length > 0) {
    const names = found.map((cronJob) => nameOf(cronJob)).sort();
    throw new UsageError([`several CronJobs in ${where}: ${names.join(', ')}; say which with --cronjob`]);
  }
  return only;
}

/** Objects from the API have a name, whatever their type says. */
export function nameOf({ metadata }: { readonly metadata?: V1ObjectMeta }): string {
  return metadata?.name ?? '';
}

/** Without one of its own a CronJob has the controller's, as a rule UTC. */
export function timeZoneOf({ spec }: V1CronJob): string {
  return spec?.timeZone ?? 'UTC';
}

/** The container that the program is in: the one that `kubectl logs` would choose. */
export function mainContainer(
  spec: V1PodSpec | undefined,
  metadata: V1ObjectMeta | undefined,
): V1Container | undefined {
  const name = metadata?.annotations?.['kubectl.kubernetes.io/default-container'];
  return spec?.containers.find((container) => container.name === name) ?? spec?.containers[0];
}

/** Jobs that the CronJob started or that were started from it by hand, the latest first. */
export function jobsOf({ metadata }: V1CronJob, jobs: readonly V1Job[]): V1Job[] {
  const own = jobs.filter((job) => job.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid));
  return own.sort((a, b) => createdAt(b) - createdAt(a));
}

function createdAt({ metadata }: V1Job): number {
  return metadata?.creationTimestamp?.getTime() ?? 0;
}

const MANUAL = 'cronjob.kubernetes.io/instantiate';

export function isManual({ metadata }: V1Job): boolean {
  return metadata?.annotations?.[MANUAL] === 'manual';
}

/**
 * A Job to start now, as `kubectl create job --from=cronjob/NAME` makes it, with `args` after those of the container.
 * The API server completes its name.
 */
export function manualJob(cronJob: V1CronJob, args: readonly string[]): V1Job {
  const name = nameOf(cronJob);
  const { metadata, spec } = structuredClone(cronJob.spec?.jobTemplate ?? {});
  const container = mainContainer(spec?.template.spec, spec?.template.metadata);
  if (container !== undefined && args.length > 0) container.args = [...(container.args ?? []), ...args];
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      generateName: `${name}-manual-`,
      annotations: { ...metadata?.annotations, [MANUAL]: 'manual' },
      ...(metadata?.labels && { labels: metadata.labels }),
      // Without blockOwnerDeletion, which would need a right on cronjobs/finalizers.
      ownerReferences: [
        { apiVersion: 'batch/v1', kind: 'CronJob', name, uid: cronJob.metadata?.uid ?? '', controller: true },
      ],
    },
    ...(spec && { spec }),
  };
}
