import { DriftMonitorError } from '../errors.ts';
import { containerLog } from '../kubernetes/container-log.ts';
import { findCronJob, jobsOf, mainContainer, nameOf } from '../kubernetes/cron-jobs.ts';
import { hasStarted } from '../kubernetes/pod-outcome.ts';
import { oldestFirst, podsOfJobs, runOf } from '../kubernetes/run.ts';
import { printable } from '../report/printable.ts';
import { print } from './io.ts';
import { follow } from './job-follow.ts';
import { type ClusterOptions, connectTo } from './job-options.ts';
import { outcomeInWords, printableLine } from './job-words.ts';
import type { Context } from './options.ts';

export interface LogsOptions extends ClusterOptions {
  readonly follow?: true;
  readonly job?: string;
}

export async function logsOfJob(context: Context<LogsOptions>): Promise<undefined> {
  const { io, options, logger } = context;
  const cluster = await connectTo(context);
  const write = (line: string) => print(io, printableLine(line));

  let name = options.job;
  if (name === undefined) {
    const cronJob = await findCronJob(cluster, options.cronjob);
    const [latest] = jobsOf(cronJob, await cluster.listJobs());
    if (latest === undefined) {
      throw new DriftMonitorError(
        `${nameOf(cronJob)} in namespace ${cluster.place.namespace} has no runs that the cluster still knows; start one with: ` +
          'drift-monitor job trigger',
      );
    }
    name = nameOf(latest);
  }
  logger.info({ job: printable(name) }, 'Log of the run');
  if (options.follow === true) {
    const { outcome } = await follow(context, cluster, name, write);
    logger.info({ job: printable(name) }, outcomeInWords(outcome));
    return;
  }
  const [job, pods] = await Promise.all([cluster.getJob(name), cluster.listPods(podsOfJobs([name]))]);
  const { outcome } = runOf(job, pods);
  const pod = oldestFirst(pods).filter(hasStarted).at(-1);
  if (pod === undefined) {
    const why = outcome.state === 'succeeded' ? 'its pod is gone, and the log with it' : outcomeInWords(outcome);
    throw new DriftMonitorError(`${name} has no log: ${why}`);
  }
  const container = mainContainer(pod.spec, pod.metadata)?.name ?? '';
  for await (const line of containerLog(cluster, { pod: nameOf(pod), container })) await write(line);
  logger.info({ job: printable(name) }, outcomeInWords(outcome));
}
