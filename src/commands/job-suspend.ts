import { findCronJob, nameOf, timeZoneOf } from '../kubernetes/cron-jobs.ts';
import { nextRun } from '../kubernetes/next-run.ts';
import { print, printJson } from './io.ts';
import { type ClusterOptions, connectTo } from './job-options.ts';
import { instantInWords } from './job-words.ts';
import type { Context } from './options.ts';

export async function suspendJob(context: Context<ClusterOptions>): Promise<undefined> {
  const { name, namespace } = await setSuspended(context, true);
  if (context.options.json === true) return;
  await print(
    context.io,
    `${name} in namespace ${namespace} is suspended: no run starts on schedule until: drift-monitor job resume`,
  );
}

export async function resumeJob(context: Context<ClusterOptions>): Promise<undefined> {
  const { name, namespace, next } = await setSuspended(context, false);
  if (context.options.json === true) return;
  const when = next === undefined ? '' : `; next run ${instantInWords(next)}, a missed one perhaps at once`;
  await print(context.io, `${name} in namespace ${namespace} runs on schedule again${when}`);
}

async function setSuspended(context: Context<ClusterOptions>, suspend: boolean) {
  const { io, options } = context;
  const cluster = await connectTo(context);
  // With a name nothing has to be looked for, so the right to patch is enough.
  const name = options.cronjob ?? nameOf(await findCronJob(cluster, undefined));
  const cronJob = await cluster.patchCronJob(name, { spec: { suspend } });
  const { namespace } = cluster.place;
  const next = suspend ? undefined : nextRun(cronJob.spec?.schedule ?? '', timeZoneOf(cronJob), io.now());
  if (options.json === true) {
    await printJson(io, { namespace, cronJob: name, suspended: suspend, nextRun: next?.toISOString() ?? null });
  }
  return { name, namespace, next };
}
