import type { Cluster } from '../kubernetes/cluster.ts';
import { followRun } from '../kubernetes/follow-run.ts';
import { systemClock } from '../kubernetes/patience.ts';
import type { Outcome } from '../kubernetes/pod-outcome.ts';
import type { Run } from '../kubernetes/run.ts';
import { printable } from '../printable.ts';
import { outcomeInWords } from './job-words.ts';
import type { Context } from './options.ts';

/** Waits for the end of a run and logs what it waits for; `onLine` is given the run's own log. */
export async function follow(
  { logger }: Context<unknown>,
  cluster: Cluster,
  job: string,
  onLine?: (line: string) => Promise<void>,
): Promise<Run> {
  const run = printable(job);
  const onChange = (outcome: Outcome) => {
    if (worthTelling(outcome)) logger.info({ job: run }, outcomeInWords(outcome));
  };
  const onLostLog = (reason: string) => logger.warn({ job: run }, `The log breaks off: ${printable(reason, 400)}`);
  return followRun(cluster, job, { onChange, onLostLog, ...(onLine !== undefined && { onLine }) }, systemClock);
}

/** The moments before the first pod, and between the end of a pod and of its Job, are not. */
function worthTelling({ state, reason, explanation }: Outcome): boolean {
  return explanation !== undefined || (reason !== 'NoPod' && state !== 'succeeded');
}
