import type { Cluster } from './cluster.ts';
import { ClusterError } from './cluster-error.ts';
import { manualJob } from './cron-jobs.ts';

/** Makes a Job of that name from a CronJob, unless there is one. Throws `ClusterError`. */
export async function createJobOnce(cluster: Cluster, cronJob: string, name: string): Promise<void> {
  const { metadata, ...job } = manualJob(await cluster.getCronJob(cronJob), []);
  const { generateName: _, ...named } = metadata ?? {};
  try {
    await cluster.createJob({ ...job, metadata: { ...named, name } });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== 'already-exists') throw error;
  }
}
