import type { V1CronJob, V1Job, V1Pod } from '@kubernetes/client-node';
import { messageOf } from '../errors.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { findCronJob, jobsOf, nameOf, timeZoneOf } from '../kubernetes/cron-jobs.ts';
import { nextRun } from '../kubernetes/next-run.ts';
import { explainMissingPod } from '../kubernetes/no-pod.ts';
import { jobOfPod, podsOfJobs, type Run, runOf } from '../kubernetes/run.ts';
import { printable } from '../printable.ts';
import { type Io, print, printJson } from './io.ts';
import { type ClusterOptions, connectTo } from './job-options.ts';
import { latestVerdicts, type Verdict, verdictInWords } from './job-report.ts';
import { durationInWords, durationOf, instantInWords, outcomeInWords, runDocument } from './job-words.ts';
import type { Context } from './options.ts';
import { type Cell, painter, type Style, table } from './table.ts';

const SHOWN_RUNS = 10;
/** Names of Jobs are labels of their pods. */
const NAME_LENGTH = 63;

interface Status {
  readonly cluster: Cluster;
  readonly cronJob: V1CronJob;
  readonly name: string;
  readonly timeZone: string;
  readonly suspended: boolean;
  readonly next: Date | undefined;
  /** The latest first. */
  readonly runs: readonly Run[];
  readonly verdicts: readonly Verdict[];
}

export async function jobStatus(context: Context<ClusterOptions>): Promise<undefined> {
  const { io, options, logger } = context;
  const cluster = await connectTo(context);
  const cronJob = await findCronJob(cluster, options.cronjob);
  const [jobs, verdicts] = await Promise.all([cluster.listJobs(), latestVerdicts(context)]);
  const shown = jobsOf(cronJob, jobs).slice(0, SHOWN_RUNS);
  const { runs, problem } = await runsOf(cluster, shown, io.now());
  if (problem !== undefined) logger.warn(`Why runs ended is known in part only: ${printable(problem, 1000)}`);
  const suspended = cronJob.spec?.suspend === true;
  const timeZone = timeZoneOf(cronJob);
  const next = suspended ? undefined : nextRun(cronJob.spec?.schedule ?? '', timeZone, io.now());
  const status = { cluster, cronJob, name: nameOf(cronJob), timeZone, suspended, next, runs, verdicts };
  if (options.json === true) await printJson(io, document(status, io.now()));
  else await print(io, text(status, io));
}

/** Pods know why a run ended; where they may not be read, the Jobs alone still tell a lot. */
async function runsOf(
  cluster: Cluster,
  jobs: readonly V1Job[],
  now: number,
): Promise<{ runs: Run[]; problem?: string }> {
  const names = jobs.flatMap(({ metadata }) => metadata?.name ?? []);
  let pods: V1Pod[] = [];
  let problem: string | undefined;
  try {
    if (names.length > 0) pods = await cluster.listPods(podsOfJobs(names));
  } catch (error) {
    problem = messageOf(error);
  }
  const byJob = Map.groupBy(pods, jobOfPod);
  const runs = await Promise.all(
    jobs.map((job) => explainMissingPod(cluster, runOf(job, byJob.get(job.metadata?.name) ?? []), now)),
  );
  return { runs, ...(problem !== undefined && { problem }) };
}

function document({ cluster, cronJob, name, suspended, next, runs, verdicts }: Status, now: number) {
  const { spec, status } = cronJob;
  return {
    ...cluster.place,
    cronJob: name,
    schedule: spec?.schedule ?? null,
    timeZone: spec?.timeZone ?? null,
    suspended,
    nextRun: next?.toISOString() ?? null,
    lastSuccessAt: status?.lastSuccessfulTime?.toISOString() ?? null,
    runs: runs.map((run) => runDocument(run, now)),
    latestReports: verdicts,
  };
}

function text(status: Status, io: Io): string {
  const paint = painter(io);
  const { runs, verdicts } = status;
  const parts = [head(status, io)];
  if (runs.length === 0) {
    parts.push('There are no runs that the cluster still knows.');
  } else {
    const rows = runs.map((run) => row(run, io.now()));
    parts.push(table(io, ['Run', 'Started', 'Duration', 'Result'], rows, NAME_LENGTH));
  }
  const why = runs.flatMap((run) => {
    const words = reasonOf(run);
    return words === undefined ? [] : [`  ${paint('bold', printable(run.job))}: ${words}`];
  });
  if (why.length > 0) parts.push(`Why:\n${why.join('\n')}`);
  const lines = verdicts.map((verdict) => `  ${paint(verdictStyle(verdict), printable(verdictInWords(verdict), 500))}`);
  parts.push(`Latest report:\n${lines.join('\n')}`);
  return parts.join('\n\n');
}

/** What the table has no room for: what the cluster says, or where to look. */
function reasonOf({ job, outcome }: Run): string | undefined {
  if (outcome.explanation) return outcomeInWords(outcome);
  const hasLog = outcome.state === 'failed' && outcome.exitCode !== undefined;
  return hasLog ? `${outcome.summary}: drift-monitor job logs --job ${printable(job)}` : undefined;
}

function head({ cluster, cronJob, name, timeZone, suspended, next }: Status, io: Io): string {
  const { server, context, namespace } = cluster.place;
  const { spec, status } = cronJob;
  const paint = painter(io);
  const success = status?.lastSuccessfulTime;
  const ago = (then: Date) => durationInWords(io.now() - then.getTime());
  const lines: [string, string][] = [
    ['CronJob', `${name} in namespace ${namespace} (context ${context}, ${server})`],
    [
      'Schedule',
      `${spec?.schedule ?? ''}, ${timeZone}${spec?.timeZone === undefined ? " (the cluster's own, as a rule)" : ''}`,
    ],
  ];
  const shown = lines.map(([label, value]) => [label, printable(value, 300)] as const);
  const nextRun =
    next === undefined
      ? 'cannot be told from the schedule'
      : `${instantInWords(next)}, in ${durationInWords(next.getTime() - io.now())}`;
  return [
    ...shown,
    ['Next run', suspended ? paint('yellow', 'none: suspended (drift-monitor job resume)') : nextRun] as const,
    ['Last success', success === undefined ? 'none' : `${instantInWords(success)}, ${ago(success)} ago`] as const,
  ]
    .map(([label, value]) => `${`${label}:`.padEnd(14)}${value}`)
    .join('\n');
}

const STYLES: ReadonlyMap<string, Style> = new Map([
  ['failed', 'red'],
  ['waiting', 'yellow'],
]);

function row(run: Run, now: number): Cell[] {
  const { job, startedAt, outcome } = run;
  const duration = durationOf(run, now);
  const style = STYLES.get(outcome.state);
  return [
    job,
    startedAt === undefined ? '' : instantInWords(startedAt),
    duration === undefined ? '' : durationInWords(duration),
    style === undefined ? outcome.summary : { text: outcome.summary, style },
  ];
}

function verdictStyle(verdict: Verdict): Style {
  if ('problem' in verdict) return 'yellow';
  return verdict.status === 'drift' ? 'red' : 'reset';
}
