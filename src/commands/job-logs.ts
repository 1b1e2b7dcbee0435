import { DriftMonitorError } from '../errors.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { containerLog } from '../kubernetes/container-log.ts';
import { findCronJob, jobsOf, mainContainer, nameOf } from '../kubernetes/cron-jobs.ts';
import { hasStarted } from '../kubernetes/pod-outcome.ts';
import { oldestFirst, podsOfJobs, type Run, runOf } from '../kubernetes/run.ts';
import { printable } from '../printable.ts';
import { print, printJson } from './io.ts';
import { follow } from './job-follow.ts';
import { type ClusterOptions, connectTo } from './job-options.ts';
import { outcomeInWords, printableLine, runDocument } from './job-words.ts';
import type { Context } from './options.ts';

export interface LogsOptions extends ClusterOptions {
  readonly follow?: true;
  readonly job?: string;
}

export async function logsOfJob(context: Context<LogsOptions>): Promise<undefined> {
  const { io, options, logger } = context;
  const cluster = await connectTo(context);
  const lines: string[] = [];
  const write = async (line: string) => {
    if (options.json === true) lines.push(line);
    else await print(io, printableLine(line));
  };

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
  const run =
    options.follow === true ? await follow(context, cluster, name, write) : await printLog(cluster, name, write);
  if (options.json === true) {
    await printJson(io, { namespace: cluster.place.namespace, run: runDocument(run, io.now()), lines });
  }
  logger.info({ job: printable(name) }, outcomeInWords(run.outcome));
}

/** What the latest pod of a run has written so far. */
async function printLog(cluster: Cluster, name: string, write: (line: string) => Promise<void>): Promise<Run> {
  const [job, pods] = await Promise.all([cluster.getJob(name), cluster.listPods(podsOfJobs([name]))]);
  const run = runOf(job, pods);
  const pod = oldestFirst(pods).filter(hasStarted).at(-1);
  if (pod === undefined) {
    const isGone = run.outcome.state === 'succeeded';
    const why = isGone ? 'its pod is gone, and the log with it' : outcomeInWords(run.outcome);
    throw new DriftMonitorError(`${name} has no log: ${why}`);
  }
  const container = mainContainer(pod.spec, pod.metadata)?.name ?? '';
  for await (const line of containerLog(cluster, { pod: nameOf(pod), container })) await write(line);
  return run;
}
