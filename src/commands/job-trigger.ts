import { DriftMonitorError } from '../errors.ts';
import { findCronJob, manualJob, nameOf } from '../kubernetes/cron-jobs.ts';
import { print, printJson } from './io.ts';
import { follow } from './job-follow.ts';
import { type ClusterOptions, connectTo } from './job-options.ts';
import { durationInWords, durationOf, outcomeInWords, printableLine, runDocument } from './job-words.ts';
import type { Context } from './options.ts';

export interface TriggerOptions extends ClusterOptions {
  readonly wait?: true;
  readonly follow?: true;
}

/** Exit codes of the program that mean the same here. */
const OWN_CODES: readonly (number | undefined)[] = [2, 3];

export async function triggerJob(context: Context<TriggerOptions>, detectOptions: readonly string[]): Promise<number> {
  const { io, options, logger } = context;
  const cluster = await connectTo(context);
  const cronJob = await findCronJob(cluster, options.cronjob);
  if (cronJob.status?.active?.length) {
    logger.warn('A run on schedule is under way; of two reports of the same hours the later one stays');
  }
  const job = nameOf(await cluster.createJob(manualJob(cronJob, detectOptions)));
  const started = { namespace: cluster.place.namespace, cronJob: nameOf(cronJob), job };
  if (options.wait !== true && options.follow !== true) {
    if (options.json === true) await printJson(io, { ...started, run: null });
    else await print(io, job);
    return 0;
  }
  if (options.json !== true) await print(io, job);

  // With --json stdout is for the document alone.
  const write = async (line: string) => {
    if (options.json === true) io.stderr.write(`${printableLine(line)}\n`);
    else await print(io, printableLine(line));
  };
  const run = await follow(context, cluster, job, options.follow === true ? write : undefined);
  if (options.json === true) await printJson(io, { ...started, run: runDocument(run, io.now()) });
  const { outcome } = run;
  const duration = durationInWords(durationOf(run, io.now()) ?? 0);
  if (outcome.state === 'succeeded') {
    logger.info({ job }, `finished after ${duration}`);
    return 0;
  }
  const { exitCode } = outcome;
  if (options.wait === true && (exitCode === undefined || !OWN_CODES.includes(exitCode))) {
    throw new DriftMonitorError(`${job} failed after ${duration}: ${outcomeInWords(outcome)}`);
  }
  logger.warn({ job }, `ended after ${duration}: ${outcomeInWords(outcome)}`);
  return options.wait === true ? (exitCode ?? 1) : 0;
}
