import { DriftMonitorError } from '../errors.ts';
import type { Cluster } from '../kubernetes/cluster.ts';
import { ClusterError } from '../kubernetes/cluster-error.ts';
import { manualJob, nameOf } from '../kubernetes/cron-jobs.ts';
import { runOf } from '../kubernetes/run.ts';
import { type Check, type CheckRequest, type CheckRunner, detectArguments, reportPath } from '../server/checks.ts';
import { Problem } from '../server/problem.ts';
import { hourOf } from '../storage/hour.ts';
import type { Io } from './io.ts';

/** Annotations of a Job that say what was asked for. */
const MODEL = 'drift-monitor/model-name';
const VERSION = 'drift-monitor/model-version';
const AT = 'drift-monitor/at';

/** Makes a Job from a CronJob for each check; the cluster remembers them. */
export class JobChecks implements CheckRunner {
  readonly #cronJob: string;
  readonly #io: Io;
  #cluster: Promise<Cluster> | undefined;

  constructor(cronJob: string, io: Io) {
    this.#cronJob = cronJob;
    this.#io = io;
  }

  async start(request: CheckRequest): Promise<Check> {
    return await this.#ask(async (cluster) => {
      const job = manualJob(await cluster.getCronJob(this.#cronJob), detectArguments(request));
      const annotations = {
        ...job.metadata?.annotations,
        [MODEL]: request.model.name,
        [VERSION]: request.model.version,
        [AT]: new Date(hourOf(request.at)).toISOString(),
      };
      const created = await cluster.createJob({ ...job, metadata: { ...job.metadata, annotations } });
      return checkOf(request, created);
    });
  }

  async find(id: string): Promise<Check | undefined> {
    return await this.#ask(async (cluster) => {
      const job = await cluster.getJob(id).catch((error: unknown) => {
        if (error instanceof ClusterError && error.kind === 'not-found') return undefined;
        throw error;
      });
      const { [MODEL]: name, [VERSION]: version, [AT]: at } = job?.metadata?.annotations ?? {};
      // No Job of ours.
      if (job === undefined || name === undefined || version === undefined || at === undefined) return undefined;
      return checkOf({ model: { name, version }, at: Date.parse(at) }, job);
    });
  }

  async close(): Promise<void> {}

  async #ask<T>(question: (cluster: Cluster) => Promise<T>): Promise<T> {
    const { env, cwd } = this.#io;
    try {
      this.#cluster ??= import('../kubernetes/cluster.ts').then(({ connect }) =>
        connect({ kubeconfig: undefined, context: undefined, namespace: env.POD_NAMESPACE, env, cwd }),
      );
      return await question(await this.#cluster);
    } catch (error) {
      if (error instanceof DriftMonitorError) throw new Problem(502, error.message);
      throw error;
    }
  }
}

type Job = Parameters<typeof runOf>[0];

function checkOf(request: CheckRequest, job: Job): Check {
  const run = runOf(job, []);
  const { state } = run.outcome;
  const isFinished = state === 'succeeded';
  return {
    id: nameOf(job),
    state: isFinished ? 'finished' : state === 'failed' ? 'failed' : state === 'running' ? 'running' : 'queued',
    model_name: request.model.name,
    model_version: request.model.version,
    at: new Date(hourOf(request.at)).toISOString(),
    started_at: run.startedAt?.toISOString() ?? null,
    finished_at: run.finishedAt?.toISOString() ?? null,
    exit_code: isFinished ? 0 : null,
    error: state === 'failed' ? run.outcome.summary : null,
    report: isFinished ? reportPath(request) : null,
  };
}
